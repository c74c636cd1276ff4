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

/** Resets a run to its first task after a step's end; without a step to its very first task. */
export async function resetToAfter(
  client: Client,
  run: { workflowId: string; runId: string },
  step?: string,
): Promise<string> {
  const { events } = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const scheduled = (events ?? []).find(
    (event) => event.activityTaskScheduledEventAttributes?.activityId === step,
  );
  const completed = (events ?? []).findIndex(
    (event) =>
      event.activityTaskCompletedEventAttributes?.scheduledEventId?.toString() ===
      scheduled?.eventId?.toString(),
  );
  const from = step === undefined ? 0 : completed;
  const task = (events ?? []).slice(from).find((event) => event.workflowTaskCompletedEventAttributes);
  if (!task?.eventId) throw new Error(`No workflow task after ${step}.`);
  return resetRun(client, run, task.eventId);
}

/** Resets a run to its last task, so that what it waits for now begins again. */
export async function resetToLast(
  client: Client,
  run: { workflowId: string; runId: string },
): Promise<string> {
  const { events } = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const task = (events ?? []).findLast((event) => event.workflowTaskCompletedEventAttributes);
  return resetRun(client, run, task?.eventId);
}
