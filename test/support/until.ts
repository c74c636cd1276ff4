import { setTimeout as sleep } from 'node:timers/promises';

/** Looks every 50 ms until it is so, for at most 20 s. */
export async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + 20_000; ; await sleep(50)) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (Date.now() > end) throw new Error(`It has not become so in 20 s: ${JSON.stringify(seen)}`);
  }
}
