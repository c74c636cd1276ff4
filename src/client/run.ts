import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowFailedError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Progress } from '../contract/index.ts';
import { cancelRunning } from '../temporal/admission.ts';
import { within } from '../temporal/within.ts';
import { NotRollingBack, StillRunning, failureOf } from './errors.ts';
import { readProgress, type FleetMemory } from './progress.ts';

export interface WatchOptions {
  /** How often to look, in milliseconds. Default 500. */
  everyMs?: number;
  /** Ends the watching; the run goes on. */
  signal?: AbortSignal;
}

/** One run of a workflow: watch it, wait for it, cancel it. Every call ends by itself. */
export class Run<Output = unknown> {
  readonly workflowId: string;
  readonly runId: string;
  /** Somebody else had started the same already, and this only watches along. */
  readonly joined: boolean;
  #client: Client;
  #deadlineMs: number;
  #fleet: FleetMemory = {};

  constructor(
    client: Client,
    run: { workflowId: string; runId: string; joined?: boolean },
    { deadlineMs }: { deadlineMs: number },
  ) {
    this.#client = client;
    this.#deadlineMs = deadlineMs;
    this.workflowId = run.workflowId;
    this.runId = run.runId;
    this.joined = run.joined ?? false;
  }

  /**
   * How far it is. Of a node it costs no Temporal action, and answers while no worker does. A fleet is asked itself, which
   * is an action: at most every two seconds, and only when its history has grown since.
   *
   * @throws ServiceError when Temporal does not answer; the run goes on.
   */
  async progress(): Promise<Progress> {
    return this.#within(() => readProgress(this.#client, this.workflowId, this.runId, this.#fleet));
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
      await sleep(everyMs, undefined, signal && { signal }).catch(() => undefined);
    }
  }

  /**
   * Waits for the end, for at most `timeoutMs` (default: as long as it takes).
   *
   * @throws OperationFailed when it failed or was cancelled; RunEnded when it was terminated; StillRunning when the
   * time is up, which does nothing to the run.
   */
  async result({ timeoutMs }: { timeoutMs?: number } = {}): Promise<Output> {
    const result = this.#client.workflow
      .getHandle(this.workflowId, this.runId)
      .result()
      .catch((error: unknown) => {
        throw error instanceof WorkflowFailedError ? failureOf(error.cause, this.workflowId) : error;
      }) as Promise<Output>;
    if (timeoutMs === undefined) return result;
    result.catch(() => undefined);
    const timer = new AbortController();
    const late = sleep(timeoutMs, undefined, { signal: timer.signal, ref: true }).then(() => {
      throw new StillRunning(`${this.workflowId} is not done after ${timeoutMs / 1000} s; the run goes on`);
    });
    late.catch(() => undefined);
    return Promise.race([result, late]).finally(() => timer.abort());
  }

  /** Asks the run to undo what it has done; it ends with `Cancelled` once that is finished. One that has ended stays so. */
  async cancel(): Promise<void> {
    const { workflowId, runId } = this;
    await this.#within(() => cancelRunning(this.#client, { workflowId, runId }));
  }

  /**
   * Stops the rollback that is under way and leaves what is there: the run then fails, and its failure lists it. Needs a
   * worker.
   *
   * @throws NotRollingBack
   */
  async keep(): Promise<void> {
    const handle = this.#client.workflow.getHandle(this.workflowId, this.runId);
    try {
      await this.#within(() => handle.executeUpdate('keep'));
    } catch (error) {
      const isRefused = error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError;
      if (isRefused) throw new NotRollingBack(`${this.workflowId}: nothing is being rolled back`);
      throw error;
    }
  }

  #within<T>(call: () => Promise<T>): Promise<T> {
    return within(this.#client.connection, this.#deadlineMs, call);
  }
}
