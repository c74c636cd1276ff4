import { Context } from '@temporalio/activity';
import type { Client, WorkflowClient, WorkflowExecutionInfo } from '@temporalio/client';
import { timing } from '../../contract/timing.ts';
import { readMemo } from '../../contract/wire.ts';
import { askAgain } from '../looking/ask-again.ts';
import { decodePayload } from '../../temporal/codec/decode.ts';
import { isOpen } from '../../temporal/is-open.ts';
import { unlessForgotten } from '../../temporal/unless-forgotten.ts';
import { withoutMemos } from '../../temporal/without-memos.ts';

/** `raw`: as Temporal lists it, whose memo is read by itself. */
export type RetainedRun = Pick<
  WorkflowExecutionInfo,
  'runId' | 'type' | 'status' | 'startTime' | 'closeTime' | 'raw'
>;

/** So many are asked side by side: what something provisions every five minutes has thousands in a month. */
export const RUNS_AT_ONCE = 20;

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
  const client = withoutMemos(temporal);
  const listed = await askAgain(
    () => listedRuns(client, workflowId),
    (runs) => !isHeld || runs.some(isOwn),
    timing.recallMs,
  );
  // One that somebody has deleted, lists show for a while yet.
  const asItIs = async (run: RetainedRun): Promise<RetainedRun | undefined> => {
    const now = await unlessForgotten(client.getHandle(workflowId, run.runId).describe());
    return now && { ...now, raw: run.raw };
  };
  const asked = await Promise.all(
    listed.map(async (run) => (isOpen(run) && !isOwn(run) ? asItIs(run) : run)),
  );
  const runs = asked.filter((run) => run !== undefined);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  return { runs, isBehind: isHeld && !listed.some(isOwn) };
}

/** What the memo of a run says. @throws CodecKeyError where nobody has its key any more */
export async function memoOf(temporal: Client, { raw }: RetainedRun): Promise<ReturnType<typeof readMemo>> {
  return readMemo({ mooring: await decodePayload(temporal, raw.memo?.fields?.['mooring']) });
}

/** For how long Temporal remembers a run that has ended, at least; 0: it does not say. */
export async function retentionMs({ workflowService, options: { namespace } }: Client): Promise<number> {
  const { config } = await workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1000;
}

async function listedRuns(client: WorkflowClient, workflowId: string): Promise<RetainedRun[]> {
  const runs: RetainedRun[] = [];
  for await (const run of client.list({ query: `WorkflowId = '${workflowId}'` })) runs.push(run);
  return runs;
}
