import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { timing } from '../contract/timing.ts';
import { admission, cancelRunning, type Admittable, type RunningRun } from '../temporal/admission.ts';
import { Attempt } from './exactly-once/attempt.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import { finalFailure, notReady } from './exactly-once/to-failure.ts';

export function joiningActivities({ temporal, pauses }: { temporal: Client; pauses: PauseWatch }) {
  return {
    /**
     * Decides about a node whose id is taken: join what does the same, or wait until it is closed, after asking it to
     * undo where the request says so. `free`: it has closed meanwhile.
     */
    async admit(
      asked: Admittable,
    ): Promise<{ verdict: 'join' | 'wait'; running: RunningRun } | { verdict: 'free' }> {
      const admitted = await admission(temporal, asked);
      if (admitted.verdict === 'free') return admitted;
      const { verdict, running } = admitted;
      if (verdict === 'busy') throw finalFailure('NodeBusy', admitted.message);
      if (verdict === 'differs') throw finalFailure('NodeDiffers', admitted.message);
      if (verdict === 'cancel') await cancelRunning(temporal, running);
      return { verdict: verdict === 'join' ? 'join' : 'wait', running };
    },

    /**
     * The result, or the failure, of the run that was joined; null where somebody has deleted it in Temporal, so that nobody
     * knows how it ended. Cancelling this only stops watching.
     */
    async awaitRun(running: RunningRun): Promise<unknown> {
      const closed = await closing(running, new Attempt(pauses));
      if (closed === 'forgotten') return null;
      if ('result' in closed) return closed.result;
      const { cause } = closed.error;
      if (!(cause instanceof ApplicationFailure))
        throw finalFailure('NodeBusy', `the run that was joined ended: ${cause?.message}`);
      throw ApplicationFailure.create({
        type: cause.type ?? 'Error',
        message: cause.message,
        nonRetryable: true,
        details: cause.details ?? [],
      });
    },

    /** Returns once the run is closed, however it ended, or Temporal knows it no more. */
    async awaitClosed(running: RunningRun): Promise<void> {
      await closing(running, new Attempt(pauses));
    },
  };

  async function closing(
    { workflowId, runId, openRunId = runId, type }: RunningRun,
    attempt: Attempt,
  ): Promise<{ result: unknown } | { error: WorkflowFailedError } | 'forgotten'> {
    const handle = temporal.workflow.getHandle(workflowId, openRunId);
    const closed = handle.result().then(
      (result: unknown) => ({ result }),
      (error: unknown) => {
        if (error instanceof WorkflowFailedError) return { error };
        if (error instanceof WorkflowNotFoundError) return 'forgotten';
        throw error;
      },
    );
    // An unhandled rejection after the turn would end the worker.
    closed.catch(() => undefined);
    const turn = sleep(attempt.turnMs, undefined, { signal: attempt.signal }).catch(() => undefined);
    const sentence = `waits for ${type} of ${workflowId} (run ${runId}) to end`;
    attempt.says(sentence);
    const first = await attempt.waiting(timing.tellMs, () => Promise.race([closed, turn]));
    if (first === undefined) throw notReady(sentence, timing.soonMs);
    return first;
  }
}
