import { codeOf } from '../../contract/unknown.ts';

/** What `fetch` throws when the peer breaks the connection. The server turns it into a destroyed socket. */
export function connectionReset(): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  return new TypeError('fetch failed', { cause });
}

export function isConnectionReset(error: unknown): boolean {
  return error instanceof TypeError && codeOf(error.cause) === 'ECONNRESET';
}

/** Resolves when the work does or the signal aborts, whichever is first. */
export async function untilAborted(work: Promise<unknown>, ...signals: AbortSignal[]): Promise<void> {
  const listening = new AbortController();
  const aborted = signals.map(
    async (signal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true, signal: listening.signal });
      }),
  );
  await Promise.race([work, ...aborted]).finally(() => listening.abort());
}
