import { CommanderError } from 'commander';
import {
  OperationFailed,
  NotRollingBack,
  NoWorker,
  RunEnded,
  RunUnknown,
  StillRunning,
} from '../client/errors.ts';
import { ConfigError } from '../worker/configuration/config-error.ts';
import { STEPS, type FailureType } from '../contract/index.ts';
import { PackagesMissing } from '../entries/needs.ts';
import { isCredentialRefusal, OvhApiError, OvhConfigError, OvhError } from '../ovh/errors.ts';
import { CodecKeyError } from '../temporal/codec/codec-keys.ts';
import { isServiceError } from '../temporal/sdk-errors.ts';
import { TemporalUnreachable } from '../temporal/temporal-unreachable.ts';
import { CliError } from './cli-error.ts';

/** What a program may conclude from an exit code. Published: codes are added, never changed. */
export const EXIT_CODES = {
  0: 'done',
  1: 'our fault, or OVH is away',
  2: 'usage, or the spec is invalid',
  3: 'preflight failed or the node differs; nothing was changed',
  4: 'failed, nothing left',
  5: 'failed, something left (it is listed)',
  6: 'busy',
  7: 'Temporal unreachable, or no worker polls the queue',
  8: 'credentials',
  9: 'waited long enough; the run goes on',
  10: 'cancelled',
  130: 'stopped watching; the run goes on',
  141: 'nobody reads standard output any more',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

const OF_FAILURE: Record<FailureType, ExitCode> = {
  InvalidSpec: 2,
  PreflightFailed: 3,
  NodeDiffers: 3,
  OvhRejected: 4,
  OvhNotFound: 4,
  QuotaExceeded: 4,
  InstanceFailed: 4,
  VolumeFailed: 4,
  FloatingIpFailed: 4,
  DeadlineExceeded: 4,
  FleetIncomplete: 4,
  GuestUnreachable: 4,
  HostKeyDiffers: 4,
  HostKeyUnknown: 3,
  LoginRefused: 4,
  CloudInitFailed: 4,
  ScriptFailed: 4,
  ScriptTimedOut: 4,
  ScriptLost: 4,
  SourceChanged: 4,
  NodeBusy: 6,
  OvhForbidden: 8,
  Cancelled: 10,
};

/** The exit code that an error ends the program with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof OperationFailed) return exitCodeOfFailure(error);
  if (error instanceof PackagesMissing) return 2;
  // What Temporal has forgotten may still stand at OVH: only that this command has changed nothing is sure.
  if (error instanceof NotRollingBack || error instanceof RunUnknown) return 3;
  if (error instanceof StillRunning) return 9;
  // Terminated by hand: nothing was undone, so what it had made is still there.
  if (error instanceof RunEnded) return 5;
  if (error instanceof TemporalUnreachable || error instanceof NoWorker || isServiceError(error)) return 7;
  if (error instanceof CodecKeyError) return 8;
  if (error instanceof OvhConfigError || isCredentialRefusal(error) || isForbidden(error)) return 8;
  if (error instanceof ConfigError) return exitCodeOfConfig(error);
  return 1;
}

function isForbidden(error: unknown): boolean {
  return error instanceof OvhApiError && error.status === 403;
}

/** A supervisor starts what ended with 2 no more: an OVH that is away, or answers for a while with 503, must not look like it. */
function exitCodeOfConfig({ cause }: ConfigError): ExitCode {
  if (!(cause instanceof OvhError)) return 2;
  const isUnseen = cause instanceof OvhApiError && cause.status === 404;
  return isUnseen ? 8 : exitCodeOf(cause);
}

function exitCodeOfFailure({ type, details }: OperationFailed): ExitCode {
  if (details && details.left.length > 0) return 5;
  const { [type]: code = 4 }: Partial<typeof OF_FAILURE> = OF_FAILURE;
  // Whatever was refused before anything was made has changed nothing.
  return code === 4 && details?.step === STEPS.preflight ? 3 : code;
}
