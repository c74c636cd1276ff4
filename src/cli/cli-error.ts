import { messageOf } from '../contract/unknown.ts';
import type { ExitCode } from './exit-codes.ts';

/** What the command line itself has to say: one sentence for people, one code for programs. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line makes no sense. Exit code 2. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';

  constructor(message: string, options?: ErrorOptions) {
    super(2, message, options);
  }
}

/** Somebody was asked, and said no. Exit code 10. */
export class NotConfirmed extends CliError {
  override readonly name = 'NotConfirmed';

  constructor(message: string) {
    super(10, message);
  }
}

/** What was to be cancelled had ended before. */
export class TooLate extends CliError {
  override readonly name = 'TooLate';
}

/** What a check says, as a fault of the command line. */
export function orUsageError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** Nobody watches any more; the run goes on. Exit code 130. */
export class StoppedWatching extends CliError {
  override readonly name = 'StoppedWatching';

  constructor(workflowId: string) {
    super(
      130,
      `stopped watching; ${workflowId} goes on, and \`mooring wait ${workflowId}\` watches it again`,
    );
  }
}
