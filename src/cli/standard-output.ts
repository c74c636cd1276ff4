import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { errorOf } from '../contract/unknown.ts';
import { oneLine } from '../contract/one-line.ts';

/**
 * Where every command writes its result. Node hands a file each text once, and takes what fitted on the disk for all of
 * it; here the rest is written as well, or its refusal is an error.
 */
export const standardOutput: Writable = isFile(1) ? wholeFile(1) : process.stdout;

/** The run that somebody watches right now: it goes on when this program has to end. */
let watched: string | undefined;

/** Watches a run: whoever closes standard output meanwhile is told that it goes on. */
export async function whileWatched<T>(workflowId: string, watch: () => Promise<T>): Promise<T> {
  watched = workflowId;
  try {
    return await watch();
  } finally {
    watched = undefined;
  }
}

/**
 * Ends the program as soon as standard output takes no more, because then nothing that it does arrives. A reader that
 * went away, as of `mooring list | head -1`, is told nothing, as by any other program: exit code 141, or 130 where a run
 * goes on unwatched. Whatever else is wrong, such as a full disk, is a sentence and exit code 1. A command that has failed
 * already keeps its own code.
 */
export function endWhenOutputIsLost(): void {
  for (const stream of new Set([process.stdout, standardOutput])) stream.on('error', end);
  // Progress that nobody reads is no reason to stop.
  process.stderr.on('error', () => undefined);
}

/** Resolves once everything that was written has arrived; where it does not, the program ends before. */
export async function outputArrived(): Promise<void> {
  // A stream tells of an error only after it has called back.
  await new Promise<void>((resolve) => standardOutput.write('', () => setImmediate(resolve)));
}

function end({ code, message }: NodeJS.ErrnoException): never {
  const isClosed = code === 'EPIPE';
  const goesOn = watched && `${watched} goes on, and \`mooring wait ${watched}\` watches it again`;
  const why = isClosed
    ? 'nobody reads standard output any more'
    : `cannot write to standard output: ${message}`;
  if (!isClosed || goesOn)
    process.stderr.write(`error: ${oneLine([why, goesOn].filter(Boolean).join('; '))}\n`);
  process.exitCode ||= isClosed ? (goesOn ? 130 : 141) : 1;
  process.exit();
}

function wholeFile(fd: number): Writable {
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      try {
        for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
        done();
      } catch (error) {
        done(errorOf(error));
      }
    },
  });
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
