import { createHash } from 'node:crypto';
import type { ExecOptions, ExecResult, GuestConnection } from './connect.ts';
import { GuestError } from './guest-error.ts';
import { quoted } from './quoted.ts';
import { shown } from './shown.ts';
import { WRAPPER } from './wrapper.ts';

/** A run in a guest: of one script, at most once. */
export interface GuestRun {
  /** The folder in which runs lie; empty: `.mooring` in the home of whoever runs it. It never falls back by itself. */
  base: string;
  id: string;
  /** By `sudo -n`. */
  asRoot: boolean;
}

/**
 * What is known of a run. `absent`: nothing has claimed it; `lost`: it began, and nobody can know how it ended: the machine
 * booted anew, its runner was killed, or that died and the script lives on; `stopped`: a stop came before it began.
 */
export type RunState =
  | { state: 'absent' }
  | ({ state: 'running' } & Output)
  | ({ state: 'exited'; code: number } & Output)
  | ({ state: 'lost'; how: LostHow } & Output)
  | { state: 'stopped' };

export type LostHow = 'reboot' | 'killed' | 'orphan';

/** The last of what it wrote, at most 8 KiB each, and how many bytes that was in all. */
export interface Output {
  stdout: string;
  stderr: string;
  stdoutBytes: number;
  stderrBytes: number;
}

/** `torn`: it did not arrive whole, or there is no room; `denied`: its folder is not ours. */
type PutAnswer = { put: 'stored' } | { put: 'torn' | 'denied'; why: string } | { ran: RunState };

/** `missing`: a file is not there as it should be; it is put again. */
type StartAnswer = { missing: string } | { ran: RunState };

/** What runs, how it ended, or that it never began. Safe to repeat: it changes nothing. */
export async function look(guest: GuestConnection, run: GuestRun, options?: ExecOptions): Promise<RunState> {
  return stateOf(await ask(guest, run, 'look', [], options));
}

/** Stores a file of the run. Safe to repeat: the file is there whole or not at all. */
export async function put(
  guest: GuestConnection,
  run: GuestRun,
  name: string,
  content: Buffer,
  options?: ExecOptions,
): Promise<PutAnswer> {
  const answer = await ask(guest, run, 'put', [name, digestOf(content)], { ...options, stdin: content });
  if (answer.word === 'stored') return { put: 'stored' };
  if (answer.word === 'torn' || answer.word === 'denied')
    return { put: answer.word, why: answer.stderr.trim() };
  return { ran: stateOf(answer) };
}

/** Begins it, unless anybody has. Safe to repeat, and by several at once: the runner in the guest claims it. */
export async function start(
  guest: GuestConnection,
  run: GuestRun,
  files: Record<string, Buffer>,
  options?: ExecOptions,
): Promise<StartAnswer> {
  const named = Object.entries(files).flatMap(([name, content]) => [name, digestOf(content)]);
  const answer = await ask(guest, run, 'start', named, options);
  return answer.word === 'missing' ? { missing: answer.detail } : { ran: stateOf(answer) };
}

/**
 * Claims it, so that it never begins, or sends the signal to all its processes, also those in sessions of their own; one
 * that has cleared its environment there is not found. Safe to repeat.
 */
export async function stop(
  guest: GuestConnection,
  run: GuestRun,
  signal: 'TERM' | 'KILL',
  options?: ExecOptions,
): Promise<RunState> {
  return stateOf(await ask(guest, run, 'stop', [signal], options));
}

export function digestOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

interface Answer extends Output {
  word: string;
  detail: string;
}

async function ask(
  guest: GuestConnection,
  { base, id, asRoot }: GuestRun,
  verb: string,
  words: string[],
  options?: ExecOptions,
): Promise<Answer> {
  const command = ['sh', '-c', WRAPPER, 'mooring', base, verb, id, ...words].map(quoted).join(' ');
  return answerOf(await guest.exec(asRoot ? `sudo -n -H ${command}` : command, options));
}

const ANSWERS = [
  String.raw`(?<word>absent|stored|torn|missing|denied)(?: (?<detail>\S+))?`,
  String.raw`(?<word>running|exited|stopped) (?<detail>\d+) (?<out>\d+) (?<err>\d+)`,
  String.raw`(?<word>lost) (?<detail>reboot|killed|orphan) (?<out>\d+) (?<err>\d+)`,
].map((answer) => new RegExp(`^${answer}$`));

/** A login shell may say something of its own first, and leave its last line open. */
function answerOf({ code, stdout, stderr }: ExecResult): Answer {
  let begins = 0;
  while (begins < stdout.length) {
    const end = stdout.indexOf(0x0a, begins);
    const line = stdout.toString('utf8', begins, end === -1 ? stdout.length : end);
    const groups = ANSWERS.map((answer) => answer.exec(line)?.groups).find((found) => found !== undefined);
    const { word, detail = '', out = '0', err = '0' } = groups ?? {};
    const rest = end === -1 ? '' : stdout.toString('utf8', end + 1);
    const counted = { stdoutBytes: Number(out), stderrBytes: Number(err) };
    if (word) return { word, detail, stdout: rest, stderr: stderr.toString('utf8'), ...counted };
    if (end === -1) break;
    begins = end + 1;
  }
  throw noAnswer(code, stdout, stderr);
}

/** Whoever is let in by no shell but one that says so, and no more. */
const NO_LOGIN = /please login as the user|account is (currently )?not available/i;

/** An account that only tells to log in as another, a shell that is none, a sudo that wants a password. */
function noAnswer(code: number | null, stdout: Buffer, stderr: Buffer): GuestError {
  const whole = `${stderr.toString('utf8')}\n${stdout.toString('utf8')}`;
  const said = shown(whole).slice(0, 300);
  // Sudo speaks the language of the guest. What it says of the host's name is no refusal.
  if (/^sudo: (?!.*unable to resolve host)/m.test(whole) || /sudo: .*not found/.test(whole))
    return new GuestError('login refused', `sudo without a password is refused: ${said}`);
  if (NO_LOGIN.test(whole)) return new GuestError('login refused', `nobody is let in so: ${said}`);
  return new GuestError(
    'lost',
    `the guest did not run what it was sent (exit ${code}): ${said || 'it said nothing'}`,
  );
}

function stateOf({ word, detail, ...output }: Answer): RunState {
  if (word === 'running') return { state: 'running', ...output };
  if (word === 'exited') return { state: 'exited', code: Number(detail), ...output };
  if (word === 'lost') return { state: 'lost', how: detail as LostHow, ...output }; // `ANSWERS` admits no other
  if (word === 'absent' || word === 'stopped') return { state: word };
  throw new GuestError('lost', `the guest answered "${word} ${detail}" to something else`);
}
