import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.ts';

const EVERY_MS = 20;

/** Looks again and again until it is so, for as long as a test may take; returns what it saw. */
export async function until<T>(
  look: () => T | Promise<T>,
  isSo: (seen: T) => unknown = (seen) => seen,
): Promise<T> {
  return wait(look, isSo, () => undefined);
}

/**
 * The same of something that comes about while a run goes on.
 *
 * @throws as soon as the run has ended without, and says how it ended
 */
export async function during<T>(
  run: { result(): Promise<unknown> },
  look: () => T | Promise<T>,
  isSo: (seen: T) => unknown = (seen) => seen,
): Promise<T> {
  let end: string | undefined;
  run.result().then(
    (result) => (end = `completed: ${JSON.stringify(result)}`),
    (error: unknown) => (end = `failed: ${String(error)}`),
  );
  return wait(look, isSo, () => end);
}

async function wait<T>(
  look: () => T | Promise<T>,
  isSo: (seen: T) => unknown,
  endOfRun: () => string | undefined,
): Promise<T> {
  for (const latest = performance.now() + PATIENCE_MS; ; await sleep(EVERY_MS)) {
    // Asked before the look, which sees everything that a run has done by its end.
    const end = endOfRun();
    const seen = await look();
    if (isSo(seen)) return seen;
    const last = `waited for ${String(look)} and ${String(isSo)}, last seen: ${JSON.stringify(seen)}`;
    if (end) throw new Error(`The run ended before it became so: ${end}; ${last}`);
    if (performance.now() > latest)
      throw new Error(`It has not become so in ${PATIENCE_MS / 1000} s: ${last}`);
  }
}
