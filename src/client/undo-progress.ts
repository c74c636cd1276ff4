import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { thingsOf, undoThing, volumeOf } from '../contract/index.ts';
import type { UndoProgress } from '../contract/index.ts';
import { heartbeat, toldThings } from '../contract/wire.ts';
import { decodePayload } from '../temporal/codec/decode.ts';
import { answersIn, lastAsked, msOf, type HistoryEvent } from '../temporal/recorded.ts';

export type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

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
  const last = await lastAsked(client, events, 'reduceTo');
  if (!last) return null;
  const { event: scheduled, step, asked } = last;
  const isLast = (ended: { scheduledEventId?: unknown } | null | undefined) =>
    String(ended?.scheduledEventId) === String(scheduled.eventId);

  for await (const { answer, event } of answersIn(client, events, ['reduceTo'])) {
    if (!isLast(event.activityTaskCompletedEventAttributes)) continue;
    const at = isoTime(event);
    const detached = (asked?.detach ?? []).map(volumeOf);
    const things = [
      ...answer.deleted.map((thing) => undoThing(thing, 'gone', at)),
      ...detached.map((thing) => undoThing(thing, 'detached', at)),
    ];
    return { step, things };
  }

  const stopped = events
    .map((event) => event.activityTaskCanceledEventAttributes)
    .find((ended) => ended && isLast(ended));
  const beat = pending.find(({ activityId }) => activityId === step)?.heartbeatDetails;
  const told =
    toldThings(await decodePayload(client, stopped?.details?.payloads?.[0])) ??
    heartbeat(await decodePayload(client, beat?.payloads?.[0]))?.told;
  const since = isoTime(scheduled);
  const wanted = asked ? thingsOf(asked) : [];
  return { step, things: told ?? wanted.map((thing) => undoThing(thing, 'waiting', since)) };
}

function isoTime({ eventTime }: HistoryEvent): string {
  return new Date(msOf(eventTime)).toISOString();
}
