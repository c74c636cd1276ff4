import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Baseline } from '../../contract/index.ts';
import { answersIn } from '../../temporal/recorded.ts';

/**
 * Whether this very run has seen a thing as its node's own: OVH answered it to one of the run's POSTs (`made`), or the
 * baseline saw it (`spared`). Only asked where a thing has lost its name, because somebody renamed it: what an activity
 * is sent proves nothing, what Temporal has written down does.
 */
export async function inOwnHistory(temporal: Client, id: string): Promise<'made' | 'spared' | undefined> {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) return undefined;
  const { workflowId, runId } = workflowExecution;
  const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const records = answersIn(temporal, events ?? [], ['beginning', 'createInstance', 'createVolume']);
  for await (const record of records) {
    if (record.activity === 'beginning') {
      if (isIn(record.answer.baseline, id)) return 'spared';
    } else if (record.answer.id === id) return 'made';
  }
  return undefined;
}

function isIn({ instances, volumes }: Pick<Baseline, 'instances' | 'volumes'>, id: string): boolean {
  return [...instances, ...volumes].some((thing) => thing.id === id);
}
