import { CancelledFailure } from '@temporalio/common';
import { volumeOf } from '../contract/index.ts';
import type { Attachment, Identifier, Reduction, ServerTime, UndoThing } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import type { Instance, MutateOptions, Volume } from '../ovh/index.ts';
import { Attempt } from './attempt.ts';
import { listMarked } from './marked.ts';
import { isWorking } from './operations.ts';
import type { PauseWatch } from './pause-watch.ts';
import { undefinedIfGone, type Project, type Projects } from './project.ts';
import { instanceIsAlive } from './status.ts';
import { notReady } from './to-failure.ts';
import { UndoLog, type Seen } from './undo-log.ts';

/** What earlier attempts have found to delete and seen with their own eyes, so that the last one can name it all. */
interface Memory {
  found: Identifier[];
  seen: string[];
  settleUntil: ServerTime | null;
  hasLooked: boolean;
}

export function reduceActivities({ projects, pauses }: { projects: Projects; pauses: PauseWatch }) {
  return {
    /**
     * Deletes everything that carries the mark or is known to history, less what is kept, until OVH says 404 for each
     * and, where a create was unclear, lists have shown nothing new for the settle window. Safe to repeat, in parts
     * too: what is gone is a success. The one routine for undo, for destroying and for reaping.
     */
    async reduceTo(reduction: Reduction): Promise<Identifier[]> {
      const attempt = new Attempt(pauses);
      const round = new Reducing(projects.get(reduction.place.project), reduction, attempt);
      return attempt.beating(() => round.untilDone());
    },
  };
}

class Reducing {
  #project: Project;
  #reduction: Reduction;
  #attempt: Attempt;
  #found: Map<string, Identifier>;
  /** What OVH has shown by id: only of these does a 404 mean that they are gone. */
  #seen: Set<string>;
  /** Later than asked for, where OVH still works on something. */
  #settleUntil: ServerTime | null;
  #hasLooked: boolean;
  #askedAt = new Map<string, number>();
  #log: UndoLog;

  constructor(project: Project, reduction: Reduction, attempt: Attempt) {
    this.#project = project;
    this.#reduction = reduction;
    this.#attempt = attempt;
    const memory = attempt.recall<Memory>();
    const found = [...reduction.known, ...(memory?.found ?? [])];
    this.#seen = new Set(memory?.seen);
    this.#settleUntil = memory?.settleUntil ?? reduction.settleUntil;
    this.#hasLooked = memory?.hasLooked ?? false;
    this.#found = new Map(found.map((thing) => [thing.id, thing]));
    this.#log = new UndoLog(attempt.lastTold<UndoThing[]>() ?? [], {
      now: () => attempt.now(),
      isStoppable: attempt.step === 'undo',
    });
    for (const thing of found) this.#log.add(thing);
    attempt.tell(() => this.#log.things());
  }

  /** @throws what stopped it; with all that is known of each thing where somebody did. */
  async untilDone(): Promise<Identifier[]> {
    try {
      return await this.#rounds();
    } catch (error) {
      throw this.#attempt.isCancelled ? new CancelledFailure('stopped', [this.#log.things()]) : error;
    }
  }

  async #rounds(): Promise<Identifier[]> {
    for (let pause = 250; ; pause = Math.min(5000, pause * 1.5)) {
      const began = this.#attempt.now();
      const isDone = await this.#round();
      const settled = this.#settleUntil === null || began >= this.#settleUntil;
      if (isDone && settled) return [...this.#found.values()]; // (rule 7a)
      const why = isDone ? 'looking for what a lost answer may have made' : this.#log.sentence();
      if (this.#attempt.elapsedMs() > timing.patienceMs) throw notReady(why, 1000);
      await this.#attempt.sleep(pause);
    }
  }

  /**
   * Tries everything that is left: a volume stuck in `detaching` must not keep a paid instance alive.
   *
   * @returns whether nothing is left.
   */
  async #round(): Promise<boolean> {
    try {
      await this.#look();
    } catch (error) {
      this.#log.allRefused(error);
      return false;
    }
    const deletions = [...this.#found.values()].map((thing) =>
      this.#told(thing, thing.kind === 'instance' ? this.#deleteInstance(thing) : this.#deleteVolume(thing)),
    );
    const detachments = this.#reduction.detach.map((attachment) =>
      this.#told(volumeOf(attachment), this.#detach(attachment)),
    );
    const results = await Promise.allSettled([...deletions, ...detachments]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return results.every((result) => result.status === 'fulfilled' && result.value);
  }

  /**
   * What resists keeps nothing else from being tried.
   *
   * @returns whether it is gone. @throws when the attempt is over.
   */
  async #told(thing: Identifier, act: Promise<Seen>): Promise<boolean> {
    try {
      const seen = await act;
      this.#log.saw(thing, seen);
      return seen.state === 'gone' || seen.state === 'detached';
    } catch (error) {
      if (isOver(error, this.#attempt)) throw error;
      this.#log.refused(thing, error);
      return false;
    }
  }

  async #look(): Promise<void> {
    await this.#awaitOperations();
    const kept = new Set(this.#reduction.keep.map(({ id }) => id));
    const { instances, volumes } = await listMarked(this.#project, this.#reduction.place);
    for (const { id, name } of instances)
      if (!kept.has(id)) this.#found.set(id, { kind: 'instance', id, name });
    for (const { id, name } of volumes) if (!kept.has(id)) this.#found.set(id, { kind: 'volume', id, name });
    this.#expectTwins([...instances, ...volumes]); // (rule 7b)
    for (const thing of this.#found.values()) this.#log.add(thing);
    this.#attempt.remember({
      found: [...this.#found.values()],
      seen: [...this.#seen],
      settleUntil: this.#settleUntil,
      hasLooked: this.#hasLooked,
    } satisfies Memory);
  }

  /** A list that hides what we know to be there would hide its twin: before the first DELETE it must have shown ours. */
  #expectTwins(listed: { id: string }[]): void {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    const isHidden = this.#reduction.known.some(({ id }) => listed.every((thing) => thing.id !== id));
    if (isHidden)
      this.#settleUntil = Math.max(this.#settleUntil ?? 0, this.#attempt.now() + this.#project.settleMs);
  }

  /** Lists can show what an order makes only once OVH is through with it: the window begins again until then. */
  async #awaitOperations(): Promise<void> {
    const { place, settleUntil } = this.#reduction;
    if (settleUntil === null || !(await isWorking(this.#project, place.region, settleUntil))) return;
    this.#settleUntil = this.#attempt.now() + this.#project.settleMs;
  }

  async #deleteInstance(thing: Identifier): Promise<Seen> {
    const { instances } = this.#project.ovh;
    const instance: Instance | undefined = await undefinedIfGone(instances.get(thing.id));
    if (!instance) return this.#absent(thing);
    this.#seen.add(thing.id);
    const { status } = instance;
    this.#log.noticed(thing, status);
    if (status === 'DELETED' || status === 'SOFT_DELETED') return GONE;
    if (instanceIsAlive(instance))
      await this.#once(thing, thing.id, (options) => instances.delete(thing.id, options));
    return { state: 'deleting', status };
  }

  async #deleteVolume(thing: Identifier): Promise<Seen> {
    const { id } = thing;
    const { volumes } = this.#project.ovh;
    const volume: Volume | undefined = await undefinedIfGone(volumes.get(id));
    if (!volume) return this.#absent(thing);
    this.#seen.add(id);
    const { status, attachedTo } = volume;
    this.#log.noticed(thing, status);
    if (status === 'deleted') return GONE;
    const stays = attachedTo.find((instanceId) => !this.#found.has(instanceId));
    // An instance that goes gives its volumes back; from one that stays they must be taken.
    if (status === 'in-use' && stays !== undefined) {
      await this.#once(thing, `${id} ${stays}`, (options) => volumes.detach(id, stays, options));
      return { state: 'detaching', status };
    }
    if (status === 'in-use' && attachedTo.length > 0)
      return { state: 'waiting', status, why: 'its instance goes first' };
    if (status === 'detaching') return { state: 'detaching', status };
    if (status === 'creating' || status === 'attaching')
      return { state: 'deleting', status, why: 'OVH must be through with that first' };
    if (attachedTo.length === 0 && status !== 'deleting')
      await this.#once(thing, id, (options) => volumes.delete(id, options));
    return { state: 'deleting', status };
  }

  /** A 404 of what nobody has seen yet may only be a look that lags behind the create. */
  #absent({ id }: Identifier): Seen {
    const settled = this.#seen.has(id) || this.#attempt.sinceScheduledMs() >= this.#project.settleMs;
    return settled ? GONE : { state: 'waiting', status: null, why: 'it is not visible yet' };
  }

  async #detach(attachment: Attachment): Promise<Seen> {
    const { volumeId, instanceId } = attachment;
    const thing = volumeOf(attachment);
    const { volumes } = this.#project.ovh;
    const volume: Volume | undefined = await undefinedIfGone(volumes.get(volumeId));
    if (!volume) return GONE;
    const { status, attachedTo } = volume;
    this.#log.noticed(thing, status);
    if (status === 'available' || (status === 'in-use' && !attachedTo.includes(instanceId)))
      return { state: 'detached', status };
    if (status === 'in-use')
      await this.#once(thing, `${volumeId} ${instanceId}`, (options) =>
        volumes.detach(volumeId, instanceId, options),
      );
    return { state: 'detaching', status };
  }

  async #once(
    thing: Identifier,
    key: string,
    ask: (options: MutateOptions) => Promise<unknown>,
  ): Promise<void> {
    const askedAt = this.#askedAt.get(key);
    if (askedAt !== undefined && this.#attempt.elapsedMs() - askedAt < timing.askAgainMs) return;
    await undefinedIfGone(ask(this.#attempt.sending));
    this.#askedAt.set(key, this.#attempt.elapsedMs());
    this.#log.asked(thing);
  }
}

const GONE: Seen = { state: 'gone', status: null };

/** The attempt itself is over: cancelled, replaced, or shut down. */
function isOver(error: unknown, attempt: Attempt): boolean {
  return attempt.signal.aborted || (error as { type?: string }).type === 'Interrupted';
}
