import { exitCodeOf, type ExitCode } from '../exit-codes.ts';
import { errorSentence } from '../report-error.ts';

/** What one look found. */
export interface Finding {
  check: string;
  /** `off`: nobody has asked for it, and nothing is wrong; `todo` says how to have it. */
  state: 'ok' | 'off' | 'warning' | 'failed';
  /** A fact, in a few words. */
  says: string;
  /** What to do about it; null where it is there. */
  todo: string | null;
  /** What a failure ends the program with. */
  exitCode: ExitCode;
}

/** What a look says of what it was for. */
export type Found = Omit<Finding, 'check' | 'exitCode' | 'todo'> & { todo?: string; exitCode?: ExitCode };

const deadlineMs = 10_000;

/** Looks, and takes an error or ten seconds of silence for an answer. */
export async function look(check: string, todo: string, act: () => Promise<Found>): Promise<Finding> {
  const silence = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs / 1000} s`)), deadlineMs);
    timer.unref();
  });
  try {
    const found = await Promise.race([act(), silence]);
    return { check, todo: null, exitCode: found.state === 'failed' ? 1 : 0, ...found };
  } catch (error) {
    return { check, state: 'failed', says: errorSentence(error), todo, exitCode: exitCodeOf(error) };
  }
}
