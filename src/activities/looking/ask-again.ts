import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';

/** Asks until the answer is enough, or for so long: for what a list lacks that may only lag, or be wrong for a moment. */
export async function askAgain<T>(
  ask: () => Promise<T>,
  isEnough: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  const { cancellationSignal: signal } = Context.current();
  const until = performance.now() + withinMs;
  for (let pause = withinMs / 40; ; pause = Math.min(2 * pause, withinMs / 4)) {
    const answer = await ask();
    if (isEnough(answer) || performance.now() > until || signal.aborted) return answer;
    await sleep(pause);
  }
}
