import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { MooringError } from '../contract/error.ts';
import type { Progress } from '../contract/index.ts';
import { LONGEST_TIMER_MS } from '../contract/longest-timer.ts';
import { isRunFailure, runDetails } from '../contract/wire.ts';
import { cancelRunning } from '../temporal/admission.ts';
import type { Calls } from './calls.ts';
import { NotRollingBack, OperationFailed, RunEnded, StillRunning } from './errors.ts';
import { readProgress, type FleetMemory } from './progress.ts';

export interface WatchOptions {
  /** How often to look, in milliseconds. Default 500. */
  everyMs?: number;
  /** Ends the watching; the run goes on. */
  signal?: AbortSignal;
}

export interface WhichRun {
  workflowId: string;
  runId: string;
  /** The one that this one continues, or that somebody has reset to it, and so on: by it a cancel finds what is open. */
  firstRunId?: string;
  joined?: boolean;
}

/** One run of a workflow: watch it, wait for it, cancel it. Every call ends by itself, or with MooringClosed. */
export class Run<Output = unknown> {
  readonly workflowId: string;
  /** A fleet may continue it as others: progress, result and cancel follow them. */
  readonly runId: string;
  /** Somebody else had started the same already, and this only watches along. */
  readonly joined: boolean;
  readonly #firstRunId: string;
  #calls: Calls;
  #fleet: FleetMemory = {};

  constructor(calls: Calls, { workflowId, runId, firstRunId = runId, joined = false }: WhichRun) {
    this.#calls = calls;
    this.workflowId = workflowId;
    this.runId = runId;
    this.#firstRunId = firstRunId;
    this.joined = joined;
  }

  /**
   * How far it is. Of a node it costs no Temporal action, and answers while no worker does. A fleet is asked itself, which
   * is an action: at most every two seconds, and only when its history has grown since.
   *
   * @throws ServiceError when Temporal does not answer; the run goes on.
   */
  async progress(): Promise<Progress> {
    const { client } = this.#calls;
    return this.#calls.within(() => readProgress(client, this.workflowId, this.runId, this.#fleet));
  }

  /** Progress whenever it has changed, until the run is closed or the signal fires. Costs and fails as `progress`. */
  async *watch({ everyMs = 500, signal }: WatchOptions = {}): AsyncGenerator<Progress> {
    let shown = '';
    for (;;) {
      const progress = await this.progress();
      const now = JSON.stringify({ ...progress, elapsedMs: 0 });
      if (now !== shown) yield progress;
      shown = now;
      if (progress.status !== 'running' || signal?.aborted) return;
      await this.#calls.untilClosed(async (closed) => {
        const ends = AbortSignal.any([closed, ...(signal ? [signal] : [])]);
        await sleep(Math.min(everyMs, LONGEST_TIMER_MS), undefined, { signal: ends }).catch(() => undefined);
      });
    }
  }

  /**
   * Waits for the end, for at most `timeoutMs` (default, and from 2^31 ms on: as long as it takes).
   *
   * @throws OperationFailed when it failed or was cancelled; RunEnded when it was terminated; StillRunning when the
   * time is up, which does nothing to the run.
   */
  async result({ timeoutMs }: { timeoutMs?: number } = {}): Promise<Output> {
    const handle = this.#calls.client.workflow.getHandle(this.workflowId, this.runId);
    const timer = new AbortController();
    const result = this.#calls
      .untilClosed<Output>(() => handle.result(), timer.signal)
      .catch((error: unknown) => {
        throw error instanceof WorkflowFailedError ? failureOf(error.cause, this.workflowId) : error;
      });
    if (timeoutMs === undefined || timeoutMs > LONGEST_TIMER_MS) return result;
    result.catch(() => undefined);
    const late = sleep(timeoutMs, undefined, { signal: timer.signal, ref: true }).then(() => {
      throw new StillRunning(`${this.workflowId} is not done after ${timeoutMs / 1000} s; the run goes on`);
    });
    late.catch(() => undefined);
    return Promise.race([result, late]).finally(() => timer.abort());
  }

  /** Asks the run to undo what it has done; it ends with `Cancelled` once that is finished. One that has ended stays so. */
  async cancel(): Promise<void> {
    const first = { workflowId: this.workflowId, runId: this.#firstRunId };
    await this.#calls.within(() => cancelRunning(this.#calls.client, first));
  }

  /**
   * Stops the rollback that is under way and leaves what is there: the run then fails, and its failure lists it. Needs a
   * worker.
   *
   * @throws NotRollingBack
   */
  async keep(): Promise<void> {
    const handle = this.#calls.client.workflow.getHandle(this.workflowId, this.runId);
    try {
      await this.#calls.within(() => handle.executeUpdate('keep'));
    } catch (error) {
      const isRefused = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError;
      if (isRefused) throw new NotRollingBack(`${this.workflowId}: nothing is being rolled back`);
      throw error;
    }
  }
}

/** What ended a run, as the failure that programs branch on. */
function failureOf(cause: Error | undefined, workflowId: string): MooringError {
  if (cause instanceof ApplicationFailure && isRunFailure(cause.type, cause)) {
    return new OperationFailed(cause.type, cause.message, runDetails(cause), { cause });
  }
  const why = cause?.message ?? 'it ended without a reason';
  return new RunEnded(`the run of ${workflowId} did not end by itself: ${why}`, { cause });
}
