import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { Recorded } from '../contract/wire.ts';
import { decodePayload } from './codec/decode.ts';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Temporal's own form of a moment, in milliseconds since 1970; 0 where there is none. */
export function msOf(time: HistoryEvent['eventTime']): number {
  return Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
}

type Name = keyof Recorded;
/** `ReturnType` is `any` where an argument is `never`. */
type Told<Activity> = Activity extends (...args: never) => Promise<infer Result> ? Result : never;
/** What activities of these names have answered. */
export type Answer<Of extends Name = Name> = {
  [Each in Of]: { activity: Each; answer: Told<Recorded[Each]>; event: HistoryEvent };
}[Of];

/** What activities of some names have answered, in the order in which they ended. What has not ended is not among it. */
export async function* answersIn<Of extends Name>(
  client: Client,
  events: HistoryEvent[],
  names: readonly Of[],
): AsyncGenerator<Answer<Of>> {
  const scheduled = new Map<string, Of>();
  for (const event of events) {
    const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
    const named = names.find((name) => name === type);
    if (named) scheduled.set(String(event.eventId), named);
    const done = event.activityTaskCompletedEventAttributes;
    const activity = scheduled.get(String(done?.scheduledEventId));
    if (!done || !activity) continue;
    const answer = await decodePayload(client, done.result?.payloads?.[0]);
    // What this activity has answered is what `Recorded` says of its name; a compiler does not follow that through a map.
    yield { activity, answer, event } as Answer<Of>;
  }
}

/** The last time that an activity was scheduled, and the first thing that it was asked. */
export async function lastAsked<Of extends Name>(
  client: Client,
  events: HistoryEvent[],
  activity: Of,
): Promise<
  { event: HistoryEvent; step: string; asked: Parameters<Recorded[Of]>[0] | undefined } | undefined
> {
  const event = events.findLast(
    (each) => each.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  );
  const scheduled = event?.activityTaskScheduledEventAttributes;
  if (!event || !scheduled) return undefined;
  const asked = await decodePayload(client, scheduled.input?.payloads?.[0]);
  return {
    event,
    step: scheduled.activityId ?? '',
    // The same of what it was asked.
    asked: asked as Parameters<Recorded[Of]>[0] | undefined,
  };
}
