import { Writable } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { NotConfirmed } from './cli-error.ts';
import type { Choice, WhenInterrupted } from './interrupts.ts';

/** A question can be asked: somebody sits at both ends. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks one line on the terminal. Undefined: Ctrl-C, the end of the input, or the signal. */
export async function askLine(question: string, signal?: AbortSignal): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('SIGINT', () => closed.abort());
  terminal.once('close', () => closed.abort());
  try {
    const either = AbortSignal.any(signal ? [closed.signal, signal] : [closed.signal]);
    return (await terminal.question(question, { signal: either })).trim();
  } catch {
    process.stderr.write('\n');
    return undefined;
  } finally {
    terminal.close();
  }
}

/** Ctrl-C asks on a terminal; without one it stops watching. `act` is what would be cancelled, in words. */
export function askOnInterrupt(act: string): WhenInterrupted {
  return async (signal): Promise<Choice> => {
    if (!isInteractive()) return 'stop';
    const question = `\nCancel the ${act} (c), only stop watching (s, or Ctrl-C again), or go on (Enter)? `;
    const answer = (await askLine(question, signal))?.toLowerCase();
    if (answer === undefined || answer.startsWith('s')) return 'stop';
    return answer.startsWith('c') ? 'cancel' : 'go-on';
  };
}

/** Asks for a yes on the terminal. Anything else is a no. */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await askLine(`${question} [y/N] `)) ?? '');
}

/** @throws CliError 10 unless the answer is yes */
export async function mustAgree(question: string): Promise<void> {
  if (!(await confirm(question))) throw new NotConfirmed('not confirmed; nothing was touched');
}

/** Asks for a secret on the terminal, and shows nothing of it. Undefined: Ctrl-C or the end of the input. */
export async function askSecret(question: string): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Only now, that the terminal itself echoes nothing any more: who pastes at once is not too early.
  process.stderr.write(question);
  const closed = new AbortController();
  terminal.once('SIGINT', () => closed.abort());
  terminal.once('close', () => closed.abort());
  try {
    return (await terminal.question('', { signal: closed.signal })).trim();
  } catch {
    return undefined;
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
