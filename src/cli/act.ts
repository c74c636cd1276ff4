import { formatOf, type OutputOptions } from './command-options.ts';
import { exitCodeOf } from './exit-codes.ts';
import { inFormat } from './output.ts';
import { errorSentence, failureReport, reportError } from './report-error.ts';
import { standardOutput } from './standard-output.ts';

/**
 * A command's action that never throws: its error becomes one sentence on standard error, the exit code, and for
 * programs an object on standard output where a result would have been.
 */
export function act<Args extends unknown[]>(
  action: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await action(...args);
    } catch (error) {
      process.exitCode = exitCodeOf(error);
      reportError(error);
      await printFailure(error, args);
    }
  };
}

/** commander hands an action its options before the command itself, which comes last. */
async function printFailure(error: unknown, args: unknown[]): Promise<void> {
  const options = args.at(-2) as Partial<OutputOptions> | undefined;
  if (!options?.output) return;
  const format = formatOf({ json: options.json ?? false, output: options.output });
  if (format === 'table' || format === 'name') return;
  const text = await inFormat(format, {
    value: failureReport(error),
    table: errorSentence(error),
    names: [],
  });
  standardOutput.write(`${text}\n`);
}
