import { tsToMs } from '@temporalio/common/lib/time.js';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { Run } from '../../src/client/index.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** One activity as Temporal recorded it, once it has ended. */
interface RecordedActivity {
  name: string;
  /** `mooring` or `mooring-observe`. */
  taskQueue: string;
  scheduledAt: number;
  /** Of the last attempt. */
  startedAt: number;
  endedAt: number;
  attempts: number;
  /** Why the attempt before the last one failed. */
  lastFailure: string | undefined;
  /** Of the worker. */
  identity: string;
}

export function eventsOf(
  client: Client,
  { workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>,
): Promise<HistoryEvent[]> {
  return client.workflow
    .getHandle(workflowId, runId)
    .fetchHistory()
    .then(({ events }) => events ?? []);
}

export function activitiesOf(events: HistoryEvent[]): RecordedActivity[] {
  const eventOf = (id: unknown) => events[Number(id) - 1];
  return events.flatMap((event) => {
    const completed = event.activityTaskCompletedEventAttributes;
    if (!completed) return [];
    const scheduled = eventOf(completed.scheduledEventId);
    const started = eventOf(completed.startedEventId);
    const attributes = started?.activityTaskStartedEventAttributes;
    return {
      name: scheduled?.activityTaskScheduledEventAttributes?.activityId ?? '',
      taskQueue: scheduled?.activityTaskScheduledEventAttributes?.taskQueue?.name ?? '',
      scheduledAt: timeOf(scheduled),
      startedAt: timeOf(started),
      endedAt: timeOf(event),
      attempts: attributes?.attempt ?? 1,
      lastFailure: attributes?.lastFailure?.message ?? undefined,
      identity: attributes?.identity ?? '',
    };
  });
}

/** Who took each workflow task. */
export function workflowTasksOf(events: HistoryEvent[]): string[] {
  return events.flatMap((event) => event.workflowTaskStartedEventAttributes?.identity ?? []);
}

export function timeOf(event: HistoryEvent | undefined): number {
  return tsToMs(event?.eventTime);
}
