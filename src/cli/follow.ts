import { setTimeout as sleep } from 'node:timers/promises';
import { OperationFailed, RunEnded, StillRunning } from '../client/errors.ts';
import type { Run } from '../client/index.ts';
import type { Progress } from '../contract/index.ts';
import { isServiceError } from '../temporal/sdk-errors.ts';
import { interruptible, type WhenInterrupted } from './interrupts.ts';
import type { View } from './view.ts';

const EVERY_MS = 400;
/** A server that restarts is back within a minute, and the run does not notice. */
const PATIENCE_MS = 60_000;

interface FollowOptions {
  views: View[];
  /** Said first. */
  headline?: string;
  /** From now; then the run goes on unwatched. */
  timeoutMs?: number | undefined;
  /** What Ctrl-C and SIGTERM mean; absent: somebody else hears them. */
  whenInterrupted?: WhenInterrupted;
}

/**
 * Shows a run until it ends, and returns its result.
 *
 * @throws OperationFailed when it failed or was cancelled; RunEnded when it was terminated; StillRunning after `timeoutMs`; StoppedWatching on Ctrl-C or
 * SIGTERM; ServiceError when Temporal stays silent for a minute. Only the first two mean that the run has ended.
 */
export async function follow<T>(
  run: Run<T>,
  { views, headline, timeoutMs, whenInterrupted }: FollowOptions,
): Promise<T> {
  const deadline = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  let ended: { progress?: Progress; failure?: OperationFailed | RunEnded } = {};
  const watching = async (signal: AbortSignal): Promise<T> => {
    if (headline) for (const view of views) view.say(headline);
    for (;;) {
      const progress = await patiently(() => run.progress(), views, signal);
      for (const view of views) view.show(progress);
      if (progress.status !== 'running') {
        ended = { progress };
        return await run.result();
      }
      if (performance.now() > deadline)
        throw new StillRunning(
          `${run.workflowId} is not done after ${(timeoutMs ?? 0) / 1000} s; it goes on`,
        );
      await sleep(EVERY_MS, undefined, { signal });
    }
  };
  try {
    if (!whenInterrupted) return await watching(new AbortController().signal);
    return await interruptible(watching, { views, run, whenInterrupted });
  } catch (error) {
    if (error instanceof OperationFailed || error instanceof RunEnded) ended.failure = error;
    throw error;
  } finally {
    for (const view of views) view.end(ended.progress, ended.failure);
  }
}

async function patiently<T>(ask: () => Promise<T>, views: View[], signal: AbortSignal): Promise<T> {
  const silentSince = performance.now();
  for (let told = false; ; told = true) {
    try {
      return await ask();
    } catch (error) {
      if (!isServiceError(error) || performance.now() - silentSince > PATIENCE_MS) throw error;
      if (!told) for (const view of views) view.say('Temporal does not answer; looking again until it does');
      await sleep(1000, undefined, { signal });
    }
  }
}
