import type { Run } from '../client/index.ts';
import { StoppedWatching } from './cli-error.ts';
import { ECHO_MS } from './interrupted.ts';
import type { View } from './view.ts';

export type Choice = 'cancel' | 'stop' | 'go-on';

/** What Ctrl-C means. The signal fires when the question is moot: a second Ctrl-C, or the run has ended. */
export type WhenInterrupted = (signal: AbortSignal) => Promise<Choice>;

/**
 * Runs `watching`, and lets Ctrl-C and SIGTERM end the watching, or cancel the run and watch its undo. The run itself
 * never depends on who watches it.
 */
export async function interruptible<T>(
  watching: (signal: AbortSignal) => Promise<T>,
  { run, views, whenInterrupted }: { run: Run; views: View[]; whenInterrupted: WhenInterrupted },
): Promise<T> {
  const over = new AbortController();
  let askedAt: number | undefined;
  let fail: (reason: unknown) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  const stopWatching = () => fail(new StoppedWatching(run.workflowId));
  const ask = async () => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt > ECHO_MS) stopWatching();
      return;
    }
    askedAt = performance.now();
    for (const view of views) view.pause();
    const choice = await whenInterrupted(over.signal);
    askedAt = undefined;
    if (over.signal.aborted) return;
    if (choice === 'stop') return stopWatching();
    if (choice === 'cancel') await run.cancel();
    for (const view of views) view.resume();
  };
  const onInterrupt = () => void ask().catch(fail);

  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', stopWatching);
  const work = watching(over.signal);
  // Stopped, it ends with an AbortError that nobody waits for.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    over.abort();
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', stopWatching);
  }
}
