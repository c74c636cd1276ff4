import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { thingsOf, undoThing, volumeOf } from '../contract/index.ts';
import type { Reduced, Reduction, UndoProgress, UndoThing } from '../contract/index.ts';
import { decodePayload } from '../temporal/codec/decode.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/**
 * What the last step that deletes has done, thing by thing. While it goes on, its heartbeat says it, also between two
 * attempts and when its worker has died; before the first heartbeat there is what it was asked for, and after its end
 * what it returned.
 */
export async function readUndo(
  client: Client,
  events: HistoryEvent[],
  pending: PendingActivity[],
): Promise<UndoProgress | null> {
  const scheduled = events.findLast(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'reduceTo',
  );
  const asked = scheduled?.activityTaskScheduledEventAttributes;
  if (!asked) return null;
  const step = asked.activityId ?? '';
  const decode = <T>(from: temporal.api.common.v1.IPayloads | null | undefined) =>
    decodePayload(client, from?.payloads?.[0]) as Promise<T | undefined>;
  const reduction = await decode<Reduction>(asked.input);

  for (const event of events) {
    const completed = event.activityTaskCompletedEventAttributes;
    const canceled = event.activityTaskCanceledEventAttributes;
    const ended = completed ?? canceled;
    if (!ended || String(ended.scheduledEventId) !== String(scheduled.eventId)) continue;
    const at = isoTime(event);
    const told = completed ? undefined : await decode<UndoThing[]>(canceled?.details);
    if (Array.isArray(told)) return { step, things: told };
    if (!completed) break;
    const { deleted = [] } = (await decode<Partial<Reduced>>(completed.result)) ?? {};
    const detached = (reduction?.detach ?? []).map(volumeOf);
    return {
      step,
      things: [
        ...deleted.map((thing) => undoThing(thing, 'gone', at)),
        ...detached.map((thing) => undoThing(thing, 'detached', at)),
      ],
    };
  }

  const beat = pending.find(({ activityId }) => activityId === step)?.heartbeatDetails;
  const told = (await decode<{ told?: UndoThing[] }>(beat))?.told;
  const wanted = reduction ? thingsOf(reduction) : [];
  const since = isoTime(scheduled);
  return { step, things: told ?? wanted.map((thing) => undoThing(thing, 'waiting', since)) };
}

function isoTime({ eventTime }: HistoryEvent): string {
  return new Date(Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6).toISOString();
}
