import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Baseline, Beginning, Created } from '../../contract/index.ts';
import { decodePayload } from '../../temporal/codec/decode.ts';

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
  const types = new Map<string, string>();
  for (const { eventId, ...event } of events ?? []) {
    const begun = event.activityTaskScheduledEventAttributes;
    if (begun) types.set(String(eventId), begun.activityType?.name ?? '');
    const done = event.activityTaskCompletedEventAttributes;
    const type = types.get(String(done?.scheduledEventId));
    if (type !== 'createInstance' && type !== 'createVolume' && type !== 'beginning') continue;
    const result = await decodePayload(temporal, done?.result?.payloads?.[0]);
    if (
      type === 'beginning' ? isIn((result as Beginning<unknown>).baseline, id) : (result as Created).id === id
    )
      return type === 'beginning' ? 'spared' : 'made';
  }
  return undefined;
}

function isIn({ instances, volumes }: Pick<Baseline, 'instances' | 'volumes'>, id: string): boolean {
  return [...instances, ...volumes].some((thing) => thing.id === id);
}
