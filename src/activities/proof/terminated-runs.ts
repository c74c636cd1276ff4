import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { SettleWindow } from '../exactly-once/settle-window.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { SharedLook } from '../looking/shared-look.ts';
import { notReady } from '../exactly-once/to-failure.ts';
import { withoutMemos } from '../../temporal/without-memos.ts';

/** Temporal allows few queries of this kind, and where its database is SQLite each is dear while much is written. */
const PAUSES_OF_ITS_TIME = 20;
const LONGEST_PAUSE_MS = 500;

/** Runs that ended without having had a say, of everybody: few at any time, so one query answers all who begin. */
export class TerminatedRuns {
  readonly #recent: SharedLook<WorkflowExecutionInfo[]>;
  #since = 0;

  constructor(temporal: Client) {
    const look = async () => {
      const since = new Date(this.#since).toISOString();
      const query = `ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '${since}'`;
      const runs: WorkflowExecutionInfo[] = [];
      for await (const run of withoutMemos(temporal).list({ query })) runs.push(run);
      return runs;
    };
    this.#recent = new SharedLook(look, (tookMs) => Math.min(LONGEST_PAUSE_MS, PAUSES_OF_ITS_TIME * tookMs));
  }

  /**
   * A run that somebody terminated, or that timed out, could not wait for what it had under way: its worker may send a
   * request for a while yet, and OVH may apply it later still. What is seen before that is no baseline.
   *
   * @throws NotReady until the settle window after its end has passed.
   */
  async refuseSoonAfter(workflowId: string, settleMs: number, attempt: Attempt): Promise<void> {
    // A little more than is asked for serves those who ask a moment later, too.
    this.#since = attempt.now() - settleMs - 60_000;
    const ended = (await this.#recent.ask()).filter((run) => run.workflowId === workflowId);
    for (const { type, runId, closeTime } of ended) {
      const left = new SettleWindow(settleMs, closeTime?.getTime() ?? 0).leftMs(attempt.now());
      if (left === 0) continue; // (rule 15)
      const seconds = Math.ceil(left / 1000);
      throw notReady(
        `the ${type} of run ${runId} was terminated; looking in ${seconds} s, when all that it had under way has shown`,
        left,
      );
    }
  }
}
