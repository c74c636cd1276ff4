import { Context } from '@temporalio/activity';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { timing } from '../../contract/timing.ts';
import { askAgain } from '../looking/ask-again.ts';
import { isOpen } from '../../temporal/is-open.ts';
import { unlessForgotten } from '../../temporal/unless-forgotten.ts';

export type RetainedRun = Pick<
  WorkflowExecutionInfo,
  'runId' | 'type' | 'status' | 'memo' | 'startTime' | 'closeTime'
>;

export interface RetainedRuns {
  /** From the oldest to the newest. */
  runs: RetainedRun[];
  /**
   * Temporal's list does not show the run that asks, which holds the id: then one that ended just before may be missing, and
   * with it what that has delivered.
   */
  isBehind: boolean;
}

/**
 * The runs under an id that Temporal retains. Its list lags behind what it knows of each run: one that it shows as open is
 * asked itself, and a list that does not show the run that asks is asked for again, for a while.
 */
export async function retainedRuns(temporal: Client, workflowId: string): Promise<RetainedRuns> {
  const own = Context.current().info.workflowExecution;
  const isHeld = own?.workflowId === workflowId;
  const isOwn = ({ runId }: RetainedRun) => runId === own?.runId;
  const listed = await askAgain(
    () => listedRuns(temporal, workflowId),
    (runs) => !isHeld || runs.some(isOwn),
    timing.recallMs,
  );
  // One that somebody has deleted, lists show for a while yet.
  const asItIs = (run: RetainedRun): Promise<RetainedRun | undefined> =>
    unlessForgotten(temporal.workflow.getHandle(workflowId, run.runId).describe());
  const asked = await Promise.all(
    listed.map(async (run) => (isOpen(run) && !isOwn(run) ? asItIs(run) : run)),
  );
  const runs = asked.filter((run) => run !== undefined);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return { runs, isBehind: isHeld && !listed.some(isOwn) };
}

/** For how long Temporal remembers a run that has ended, at least; 0: it does not say. */
export async function retentionMs({ workflowService, options: { namespace } }: Client): Promise<number> {
  const { config } = await workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1000;
}

async function listedRuns(temporal: Client, workflowId: string): Promise<RetainedRun[]> {
  const runs: RetainedRun[] = [];
  for await (const run of temporal.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  return runs;
}
