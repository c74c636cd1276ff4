import { OperationFailed } from '../client/errors.ts';
import { MooringError } from '../contract/error.ts';
import type { FailureDetails } from '../contract/index.ts';
import { OvhError } from '../ovh/errors.ts';
import { isGrpcError, isServiceError, isSilence } from '../temporal/sdk-errors.ts';
import { CliError } from './cli-error.ts';
import { harmless, oneLine } from '../contract/one-line.ts';
import { exitCodeOf, type ExitCode } from './exit-codes.ts';

/** What programs get in place of a result. */
export interface FailureReport {
  apiVersion: 'mooring/v1';
  failure: { type: string; message: string; exitCode: ExitCode } & Partial<FailureDetails>;
}

/** An error as programs read it: the type to branch on, and everything that the run says of itself. */
export function failureReport(error: unknown): FailureReport {
  const exitCode = exitCodeOf(error);
  const message = errorSentence(error);
  const failure =
    error instanceof OperationFailed
      ? { type: error.type, message, exitCode, ...error.details }
      : { type: typeOf(error), message, exitCode };
  return { apiVersion: 'mooring/v1', failure };
}

/** The word of an error of ours; whatever else went wrong is `Unexpected`. */
function typeOf(error: unknown): string {
  if (isServiceError(error)) return isSilence(error.cause) ? 'TemporalUnreachable' : 'TemporalRefused';
  const isOurs = error instanceof MooringError || error instanceof CliError || error instanceof OvhError;
  return isOurs ? error.name : 'Unexpected';
}

/** An error as people read it: one sentence, never a stack trace. */
export function errorSentence(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  if (isServiceError(error) && isSilence(error.cause))
    return 'Temporal does not answer any more; what runs there goes on once it is back: check that it runs, and ask again';
  if (isServiceError(error) && isGrpcError(error.cause))
    return oneLine(`Temporal refused (${error.message}): ${error.cause.details || error.cause.message}`);
  return oneLine(error.message) || error.name;
}

/** `error: …` on standard error; the stack as well where `MOORING_DEBUG` is set. */
export function reportError(error: unknown, env: NodeJS.ProcessEnv = process.env): void {
  process.stderr.write(`error: ${errorSentence(error)}\n`);
  const debug = env['MOORING_DEBUG'] === '1' && error instanceof Error;
  if (debug) process.stderr.write(`${error.stack?.split('\n').map(harmless).join('\n')}\n`);
}
