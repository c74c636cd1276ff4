import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type EventId = temporal.api.history.v1.IHistoryEvent['eventId'];

/**
 * What the reset button of Temporal's UI does: the run ends, and another begins with its history up to a completed workflow
 * task. `after`: the id of that task's event.
 *
 * @returns the id of the other run
 */
export async function resetRun(
  { workflowService, options: { namespace } }: Client,
  workflowExecution: { workflowId: string; runId: string },
  after: EventId,
): Promise<string> {
  const { runId } = await workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution,
    workflowTaskFinishEventId: after ?? null,
    requestId: randomUUID(),
    reason: 'a test',
  });
  return runId;
}
