import type { Client } from '@temporalio/client';
import { lastOfChain } from '../../temporal/last-of-chain.ts';
import { eachOf } from '../looking/each-of.ts';
import { RUNS_AT_ONCE, retainedRuns } from './retained-runs.ts';
import { unlessForgotten } from '../../temporal/unless-forgotten.ts';
import { withoutMemos } from '../../temporal/without-memos.ts';

/**
 * The runs whose things are a run's own to take back, be it of a fleet or of a node: itself and, where somebody has reset
 * it, those before it. It has not been told of all of them; Temporal has all that begin with the same. A run that ended by
 * itself before it was reset has told somebody what it had: that is nobody's to take back.
 *
 * @param known from the first to the one that asks
 */
export async function ownMakers(temporal: Client, workflowId: string, known: string[]): Promise<string[]> {
  const [first, own] = [known[0], known.at(-1)];
  if (first === own) return known;
  const runs = new Set(known);
  const { runs: retained } = await retainedRuns(temporal, workflowId);
  await eachOf(retained, RUNS_AT_ONCE, async ({ runId }) => {
    if ((await beginsWith(temporal, workflowId, runId)) === first) runs.add(runId); // (rule 32)
  });
  const makers = await Promise.all(
    [...runs].map(async (runId) =>
      runId === own || (await wasCut(temporal, workflowId, runId)) ? [runId] : [],
    ),
  );
  return makers.flat();
}

async function beginsWith(temporal: Client, workflowId: string, runId: string): Promise<string | undefined> {
  const description = await unlessForgotten(withoutMemos(temporal).getHandle(workflowId, runId).describe());
  return description?.raw.workflowExecutionInfo?.firstRunId ?? undefined;
}

async function wasCut(temporal: Client, workflowId: string, runId: string): Promise<boolean> {
  const last = await unlessForgotten(lastOfChain(temporal, workflowId, runId));
  return last?.status.name === 'TERMINATED' || last?.status.name === 'TIMED_OUT';
}
