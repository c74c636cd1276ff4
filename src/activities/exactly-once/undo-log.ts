import { timing } from '../../contract/timing.ts';
import { undoSentence, undoThing } from '../../contract/index.ts';
import type { FailureType, Identifier, ServerTime, UndoState, UndoThing } from '../../contract/index.ts';
import { OvhApiError } from '../../ovh/index.ts';
import { verdictOf } from './to-failure.ts';

/** A node has two dozen things at most; what is told travels with every heartbeat. */
const TOLD = 50;
const LONGEST_WHY = 300;

/** What one look at a thing that shall go has seen. */
export interface Sighting {
  state: UndoState;
  /** OVH's own word. */
  status: string | null;
  /** What it waits for. */
  why?: string;
}

/**
 * What an undo knows of each thing, for people to follow: what is being deleted, what resists, why and since when. It
 * decides nothing.
 */
export class UndoLog {
  #things: Map<string, UndoThing>;
  #now: () => ServerTime;
  /** What ends it all, where a rollback can be stopped. */
  #stop: string;
  /** Why the last look at lists failed. */
  #trouble = '';

  /** `earlier`: what the last attempt that was heard of had told, so that *since* outlives a worker. */
  constructor(
    earlier: readonly UndoThing[],
    { now, isStoppable }: { now: () => ServerTime; isStoppable: boolean },
  ) {
    this.#things = new Map(earlier.map((thing) => [thing.id, thing]));
    this.#now = now;
    this.#stop = isStoppable ? ', or keep what is there: mooring keep' : '';
  }

  /** A thing is to be deleted, and nobody has looked at it yet. */
  add(thing: Identifier): void {
    if (!this.#things.has(thing.id)) this.#things.set(thing.id, undoThing(thing, 'waiting', this.#time()));
  }

  /** OVH's word, before anything is asked of it. */
  noticed(thing: Identifier, status: string): void {
    this.#set(thing, { state: this.#things.get(thing.id)?.state ?? 'waiting', ovhStatus: status });
  }

  /** What has come of a look by id, and of what was asked then. */
  saw(thing: Identifier, { state, status, why }: Sighting): void {
    const ovh = { ovhStatus: status, why: why ?? null, queryId: null };
    const { since } = this.#set(thing, { state, ...ovh, advice: null });
    if (
      isOver({ state }) ||
      state === 'waiting' ||
      status === null ||
      this.#now() - Date.parse(since) < timing.stuckMs
    )
      return;
    const still = `OVH has left it ${status} for more than a minute`;
    const advice = `wait, or ${state === 'detaching' || status === 'detaching' ? 'detach' : 'delete'} it in OVH's console${this.#stop}`;
    this.#set(thing, {
      state: 'resisting',
      ovhStatus: status,
      why: why ? `${still}; ${why}` : still,
      advice,
    });
  }

  /** OVH has agreed to delete or detach it. */
  asked({ id }: Identifier): void {
    const thing = this.#things.get(id);
    if (thing) this.#things.set(id, { ...thing, askedAt: this.#time() });
  }

  /** OVH refused, or could not be asked; its status is what was seen last. */
  refused(thing: Identifier, error: unknown, during = ''): void {
    const api = error instanceof OvhApiError ? error : undefined;
    const { final, advice } = verdictOf(error);
    this.#set(thing, {
      state: 'resisting',
      ovhStatus: this.#things.get(thing.id)?.ovhStatus ?? null,
      why: `${during}${api ? `OVH answered ${api.answer}` : sentence(error)}`.slice(0, LONGEST_WHY),
      queryId: api?.queryId ?? null,
      advice: advice ?? this.#adviceOn(api, final),
    });
  }

  /** Lists cannot be had; what is known by its id is deleted meanwhile. */
  lookFailed(error: unknown): void {
    const { advice } = verdictOf(error);
    this.#trouble = [`OVH's lists cannot be had: ${sentence(error)}`, advice].filter(Boolean).join('; ');
  }

  looked(): void {
    this.#trouble = '';
  }

  /** A look by id has shown that the thing is not to be deleted: it is no longer told of. */
  spare({ id }: Identifier): void {
    this.#things.delete(id);
  }

  /** At most 50 things, those that resist first: they travel with every heartbeat. */
  things(): UndoThing[] {
    const all = [...this.#things.values()];
    const resisting = all.filter(({ state }) => state === 'resisting');
    return [...resisting, ...all.filter((thing) => !resisting.includes(thing))].slice(0, TOLD);
  }

  /** What is left, why, and what a person could do. */
  sentence(): string {
    const left = this.things().filter((thing) => !isOver(thing));
    const advice = new Set(left.map((thing) => thing.advice).filter((each) => each !== null));
    return [...left.map(undoSentence), ...advice, ...(this.#trouble ? [this.#trouble] : [])].join('; ');
  }

  #adviceOn(answer: OvhApiError | undefined, final: FailureType | null): string {
    if (final === 'OvhForbidden') return `grant the worker this right${this.#stop}`;
    const console = answer ? ", or delete it in OVH's console" : '';
    return `wait (it is tried again every few seconds)${console}${this.#stop}`;
  }

  #set(thing: Identifier, seen: Partial<UndoThing> & Pick<UndoThing, 'state' | 'ovhStatus'>): UndoThing {
    const before = this.#things.get(thing.id) ?? undoThing(thing, 'waiting', this.#time());
    const isSame =
      before.ovhStatus === seen.ovhStatus && (before.state === 'gone') === (seen.state === 'gone');
    const now = { ...before, ...seen, since: isSame ? before.since : this.#time() };
    this.#things.set(thing.id, now);
    return now;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}

function isOver({ state }: Pick<UndoThing, 'state'>): boolean {
  return state === 'gone' || state === 'detached';
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
