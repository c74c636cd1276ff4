import type { Attachment, Baseline, Identifier, Reduction } from './plan.ts';

/** What one step deletes, thing by thing: `undo` of a run that failed, `delete` of a destroy, `remove-extra`. */
export interface UndoProgress {
  step: string;
  /** At most fifty, those that resist first. */
  things: UndoThing[];
}

export interface UndoThing extends Identifier {
  state: UndoState;
  /** OVH's own word, such as `detaching`; null where nobody has looked yet, and of what is gone. */
  ovhStatus: string | null;
  /** OVH's answer, or what it waits for, as a sentence for people: the same for as long as the reason is. */
  why: string | null;
  /** Since when it has had this status, ISO 8601. */
  since: string;
  /** When OVH last agreed to delete or detach it, ISO 8601. */
  askedAt: string | null;
  /** `X-Ovh-Queryid` of OVH's refusal: what OVH's support asks for. */
  queryId: string | null;
  /** What a person could do, where it is more than to wait. */
  advice: string | null;
}

/**
 * `waiting`: something else comes first; `resisting`: OVH refuses, or nothing has moved for a minute; `detached`: it is
 * given back, and stays. Accept new words.
 */
export type UndoState = 'waiting' | 'deleting' | 'detaching' | 'resisting' | 'detached' | 'gone';

/** A thing of which nothing is known but that it has to go, or has gone. */
export function undoThing({ kind, id, name }: Identifier, state: UndoState, since: string): UndoThing {
  return {
    kind,
    id,
    name,
    state,
    ovhStatus: null,
    why: null,
    since,
    askedAt: null,
    queryId: null,
    advice: null,
  };
}

/** What an undo is asked for, before OVH has said anything of it. */
export function thingsOf({
  known,
  detach,
  untie,
}: Pick<Reduction, 'known' | 'detach' | 'untie'>): Identifier[] {
  return [...known, ...detach.map(volumeOf), ...(untie ? [floatingIpOf(untie)] : [])];
}

export function volumeOf({ volumeId: id, volumeName: name }: Attachment): Identifier {
  return { kind: 'volume', id, name };
}

/** A floating IP is called by its address. */
export function floatingIpOf({ id, ip }: { id: string; ip: string }): Identifier {
  return { kind: 'floatingIp', id, name: ip };
}

/** `OVH answered 500: Internal error (query EU.ext-1)`. */
export function undoReason({ why, queryId }: Pick<UndoThing, 'why' | 'queryId'>): string | null {
  return why === null || queryId === null ? why : `${why} (query ${queryId})`;
}

/** `instance web-1-k3f9x2ab-q7mz4c (1f…) is ERROR since 12:00:04: OVH answered 500: …`. */
export function undoSentence(thing: UndoThing): string {
  const { kind, name, id, state, ovhStatus, since } = thing;
  const subject = `${kind} ${name} (${id})`;
  if (state === 'gone' || state === 'detached') return `${subject} is ${state}`;
  const is = ovhStatus === null ? 'is to be deleted' : `is ${ovhStatus} since ${since.slice(11, 19)}`;
  const reason = undoReason(thing);
  return `${subject} ${is}${reason === null ? '' : `: ${reason}`}`;
}

/** Everything that a baseline saw, by id. */
export function baselineIdentifiers({ instances, volumes, floatingIps = [] }: Baseline): Identifier[] {
  return [
    ...instances.map(({ id, name }) => ({ kind: 'instance' as const, id, name })),
    ...volumes.map(({ id, name }) => ({ kind: 'volume' as const, id, name })),
    ...floatingIps.map(floatingIpOf),
  ];
}
