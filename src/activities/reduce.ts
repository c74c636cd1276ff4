import type { Client } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { STEPS, floatingIpOf, volumeOf } from '../contract/index.ts';
import type {
  Attachment,
  Identifier,
  Place,
  Reduced,
  Reduction,
  ServerTime,
  Tie,
} from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import { isOfType } from '../contract/wire.ts';
import type { MutateOptions, Volume } from '../ovh/index.ts';
import { instanceIsAlive, volumeIsAlive } from './inventory/alive.ts';
import { Attempt } from './exactly-once/attempt.ts';
import { isTiedTo, portsOf, visibleFloatingIps } from './inventory/floating-ips.ts';
import { identifiersOf, listMarked, signOfThing } from './inventory/marked.ts';
import { unclearIn } from './looking/operations.ts';
import { DeleteProof, type Holder } from './proof/delete-proof.ts';
import { inOwnHistory } from './proof/own-history.ts';
import { ownProject } from './proof/own-project.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import { undefinedIfGone, type ServedProject, type ServedProjects } from './project.ts';
import { notReady } from './exactly-once/to-failure.ts';
import { SettleWindow, type UnclearWindow } from './exactly-once/settle-window.ts';
import { UndoLog, type Sighting } from './exactly-once/undo-log.ts';

/** What earlier attempts have found to delete and seen with their own eyes, so that the last one can name it all. */
interface Memory {
  found: Identifier[];
  kept: Identifier[];
  seen: string[];
  /** What some list has shown: it would have shown a twin beside it. */
  listed: string[];
  /** Since when looks by id do not find what lists show alive. */
  missing: [id: string, since: ServerTime][];
  /** When something that a lost answer may have asked for was last under way. */
  unclearSince: ServerTime;
}

interface ReduceDependencies {
  projects: ServedProjects;
  /** For what this run has made, where a name no longer says it. */
  temporal: Client;
  pauses: PauseWatch;
}

export function reduceActivities({ projects, temporal, pauses }: ReduceDependencies) {
  return {
    /**
     * Deletes what goes until OVH says 404 for each and, where a create was unclear, lists have shown nothing new for the
     * settle window. A DELETE follows a look by id that proves, by the name that OVH shows or by this run's history, that
     * the thing is the run's own or the node's. Safe to repeat, in parts too: what is gone is a success. The one routine
     * for undo, for destroying and for reaping.
     */
    async reduceTo(reduction: Reduction): Promise<Reduced> {
      const attempt = new Attempt<Memory>(pauses);
      const project = ownProject(projects, reduction.place, attempt);
      const round = new Reducing(project, temporal, reduction, attempt);
      return attempt.beating(() => round.untilDone());
    },
  };
}

class Reducing {
  #project: ServedProject;
  #temporal: Client;
  #reduction: Reduction;
  #proof: DeleteProof;
  #attempt: Attempt<Memory>;
  /** What goes, as far as it is known. */
  #found: Map<string, Identifier>;
  /** What a look by id has shown to be none of those that go: of a destroy, what is kept. */
  #kept: Map<string, Identifier>;
  /** What OVH has shown by id: only of these does a 404 mean that they are gone. */
  #seen: Set<string>;
  /** What some list has shown: it would have shown a twin beside it. */
  #listed: Set<string>;
  /** What the last list shows alive. */
  #alive = new Set<string>();
  /** Since when looks by id do not find what lists show alive. */
  #missing: Map<string, ServerTime>;
  /** What OVH has agreed to delete, or has shown as being deleted. */
  #going = new Set<string>();
  /** Of what was known when this was asked for, lists show everything once this is over, with every twin. */
  #lists: SettleWindow;
  /** Of creates of which nobody knows what they made; undefined where there were none. */
  #unclear: UnclearWindow | undefined;
  #askedAt = new Map<string, number>();
  #log: UndoLog;

  constructor(project: ServedProject, temporal: Client, reduction: Reduction, attempt: Attempt<Memory>) {
    this.#project = project;
    this.#temporal = temporal;
    this.#reduction = reduction;
    this.#proof = new DeleteProof(project, temporal, reduction);
    this.#attempt = attempt;
    // All of it stays true, also where the attempt between died before it could say anything.
    const memory = attempt.recallAny();
    const found = [...reduction.known, ...(memory?.found ?? [])];
    this.#kept = new Map(memory?.kept?.map((thing) => [thing.id, thing]));
    this.#seen = new Set(memory?.seen);
    this.#listed = new Set(memory?.listed);
    this.#missing = new Map(memory?.missing?.map(([id, since]) => [id, attempt.noted(since)]));
    this.#lists = new SettleWindow(project.settleMs, attempt.scheduledAt);
    const { place, unclearSince } = reduction;
    const quietSince = memory?.unclearSince && attempt.noted(memory.unclearSince);
    this.#unclear = unclearIn(project, place.region, unclearSince, quietSince);
    this.#found = new Map(found.filter(({ id }) => !this.#kept.has(id)).map((thing) => [thing.id, thing]));
    this.#log = new UndoLog(attempt.lastTold(), {
      now: () => attempt.now(),
      isStoppable: attempt.step === STEPS.undo,
    });
    for (const thing of this.#found.values()) this.#log.add(thing);
    attempt.tell(() => this.#log.things());
    // A beat without it would take the memory from the next attempt.
    attempt.carry(this.#memory);
  }

  get #memory(): Partial<Memory> {
    return {
      found: [...this.#found.values()],
      kept: [...this.#kept.values()],
      seen: [...this.#seen],
      listed: [...this.#listed],
      missing: [...this.#missing],
      ...(this.#unclear && { unclearSince: this.#unclear.openedAt }),
    };
  }

  /** @throws what stopped it; with all that is known of each thing where somebody did. */
  async untilDone(): Promise<Reduced> {
    try {
      return await this.#rounds();
    } catch (error) {
      throw this.#attempt.isCancelled ? new CancelledFailure('stopped', [this.#log.things()]) : error;
    }
  }

  async #rounds(): Promise<Reduced> {
    // Lists usually lag by a second or two; what OVH deletes may take minutes.
    const longest = () => (this.#seen.size === 0 ? 1000 : 5000);
    for (let pause = 250; ; pause = Math.min(longest(), pause * 1.5)) {
      const began = this.#attempt.now();
      const isDone = await this.#round(began);
      const settled = !this.#unclear || this.#unclear.isOver(began);
      if (isDone && settled) return this.#reduced(); // (rule 7a)
      const why = isDone ? 'looking for what a lost answer may have made' : this.#log.sentence();
      if (this.#attempt.elapsedMs() > timing.patienceMs) throw notReady(why, timing.soonMs);
      await this.#attempt.sleep(pause);
    }
  }

  #reduced(): Reduced {
    return { deleted: [...this.#found.values()], kept: [...this.#kept.values()] };
  }

  /**
   * Tries everything that is left: a volume stuck in `detaching` must not keep a paid instance alive, nor, for longer than
   * the settle window, a list that cannot be had anything that is known by its id.
   *
   * @returns whether nothing is left.
   */
  async #round(began: ServerTime): Promise<boolean> {
    const hasLooked = await this.#look().then(
      () => true,
      (error: unknown) => {
        if (isOver(error, this.#attempt)) throw error;
        this.#log.lookFailed(error);
        return false;
      },
    );
    if (this.#mayHideTwins(began)) return false; // (rule 7b)
    const deletions = [...this.#found.values()].map((thing) => this.#told(thing, this.#delete(thing)));
    const detachments = this.#reduction.detach.map((attachment) =>
      this.#told(volumeOf(attachment), this.#detach(attachment)),
    );
    const { untie } = this.#reduction;
    const untied = untie ? [this.#told(floatingIpOf(untie), this.#untie(untie))] : [];
    const results = await Promise.allSettled([...deletions, ...detachments, ...untied]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return hasLooked && results.every((result) => result.status === 'fulfilled' && result.value);
  }

  /**
   * What resists keeps nothing else from being tried.
   *
   * @returns whether it is gone. @throws when the attempt is over.
   */
  async #told(thing: Identifier, act: Promise<Sighting | typeof STAYS>): Promise<boolean> {
    try {
      const seen = await act;
      if (seen === STAYS) return this.#stays(thing);
      this.#log.saw(thing, seen);
      return seen.state === 'gone' || seen.state === 'detached';
    } catch (error) {
      if (isOver(error, this.#attempt)) throw error;
      this.#log.refused(thing, error);
      return false;
    }
  }

  async #look(): Promise<void> {
    await this.#unclear?.notice(this.#attempt.now());
    this.#attempt.carry(this.#memory);
    const marked = await listMarked(this.#project, this.#reduction.place);
    this.#log.looked();
    const alive = [...marked.instances.filter(instanceIsAlive), ...marked.volumes.filter(volumeIsAlive)];
    this.#alive = new Set(alive.map(({ id }) => id));
    for (const { kind, id, name } of identifiersOf(marked)) {
      this.#listed.add(id);
      if (!this.#kept.has(id) && this.#proof.mayGo({ kind, id, name }))
        this.#found.set(id, { kind, id, name });
    }
    for (const thing of this.#found.values()) this.#log.add(thing);
    this.#attempt.remember(this.#memory);
    // Last: where this list cannot be had the others are not held up.
    const isAsked =
      this.#reduction.untie || [...this.#found.values()].some(({ kind }) => kind === 'floatingIp');
    const shown = isAsked ? await visibleFloatingIps(this.#project, this.#region) : [];
    for (const { id } of shown) this.#alive.add(id);
  }

  /** It is nobody's to delete here. Of a destroy it is what was kept. */
  #stays(thing: Identifier): true {
    this.#found.delete(thing.id);
    this.#log.spare(thing);
    if (this.#reduction.goes.which === 'node') this.#kept.set(thing.id, thing);
    return true;
  }

  /**
   * A list that hides what history knows would hide its twin, which OVH has made of the same request. So before the first
   * DELETE lists show all that is known, or the settle window is over: then nothing is unclear, and it ends as soon as OVH
   * says that all of it is gone.
   */
  #mayHideTwins(began: ServerTime): boolean {
    const hidden = this.#reduction.known.filter(
      // A twin of a floating IP was looked for before: no name tells it.
      ({ kind, id }) => kind !== 'floatingIp' && !this.#listed.has(id) && !this.#seen.has(id),
    );
    if (hidden.length === 0 || this.#lists.isOver(began)) return false;
    for (const thing of hidden)
      this.#log.saw(thing, { state: 'waiting', status: null, why: "OVH's lists do not show it yet" });
    return true;
  }

  async #delete(thing: Identifier): Promise<Sighting | typeof STAYS> {
    if (thing.kind === 'floatingIp') return this.#deleteFloatingIp(thing);
    return thing.kind === 'instance' ? this.#deleteInstance(thing) : this.#deleteVolume(thing);
  }

  async #deleteFloatingIp(thing: Identifier): Promise<Sighting | typeof STAYS> {
    const seen = await this.#project.floatingIps(this.#region).find(thing.id);
    if (!seen) return this.#absent(thing);
    const { id, status } = seen;
    this.#saw(thing, seen);
    if (!(await this.#proof.floatingIpGoes(seen))) return STAYS;
    const { floatingIps } = this.#project.ovh.regional(this.#region);
    await this.#once(thing, id, (options) => floatingIps.delete(id, options));
    return { state: 'deleting', status };
  }

  /** Somebody's own, that was tied to an instance which stays: given back, and never deleted. */
  async #untie({ id, ip, instanceId }: Tie): Promise<Sighting> {
    const thing = floatingIpOf({ id, ip });
    const seen = await this.#project.floatingIps(this.#region).find(id);
    if (!seen) return this.#missed(thing);
    const { status } = seen;
    this.#log.noticed(thing, status);
    const isTied = isTiedTo(seen, await portsOf(this.#project, instanceId));
    if (!isTied) return { state: 'detached', status };
    const { floatingIps } = this.#project.ovh.regional(this.#region);
    await this.#once(thing, `${id} ${instanceId}`, (options) => floatingIps.detach(id, options));
    return { state: 'detaching', status };
  }

  async #deleteInstance(thing: Identifier): Promise<Sighting | typeof STAYS> {
    const instance = await this.#project.instances(this.#region).find(thing.id);
    if (!instance) return this.#absent(thing);
    const { id, name, status } = instance;
    this.#saw(thing, instance);
    if (!instanceIsAlive(instance)) this.#going.add(id);
    if (status === 'DELETED' || status === 'SOFT_DELETED') return GONE;
    if (
      !(await this.#proof.isProven({ kind: 'instance', id, name }, (seen) => this.#proof.instanceGoes(seen)))
    )
      return STAYS;
    if (instanceIsAlive(instance))
      await this.#once(thing, id, (options) => this.#project.ovh.instances.delete(id, options));
    return { state: 'deleting', status };
  }

  async #deleteVolume(thing: Identifier): Promise<Sighting | typeof STAYS> {
    const { volumes } = this.#project.ovh;
    const volume = await this.#project.volumes(this.#region).find(thing.id);
    if (!volume) return this.#absent(thing);
    const { id, name, status, attachedTo } = volume;
    this.#saw(thing, volume);
    if (!volumeIsAlive(volume)) this.#going.add(id);
    if (status === 'deleted') return GONE;
    const holder = await this.#holderOf(volume);
    const isOurs = await this.#proof.isProven({ kind: 'volume', id, name }, () =>
      this.#proof.volumeGoes(volume, holder),
    );
    if (!isOurs || (await this.#isTaken(holder))) return STAYS;
    // An instance that goes gives its volumes back; from one that stays they must be taken.
    if (status === 'in-use' && holder?.stays) {
      await this.#once(thing, `${id} ${holder.id}`, (options) => volumes.detach(id, holder.id, options));
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

  /** An instance that has the volume, and whether it stays. One that is the node's, and that lists hide, is found here. */
  async #holderOf({ attachedTo }: Volume): Promise<Holder | undefined> {
    const id = attachedTo.find((instanceId) => !this.#found.has(instanceId)) ?? attachedTo[0];
    if (id === undefined) return undefined;
    if (this.#found.has(id)) return { id, stays: false };
    const instance = this.#proof.policy && (await this.#project.instances(this.#region).find(id));
    const thing = instance && { kind: 'instance' as const, id, name: instance.name };
    const goes = thing && (await this.#proof.isProven(thing, (seen) => this.#proof.instanceGoes(seen)));
    if (goes) {
      this.#found.set(id, thing);
      this.#log.add(thing);
    }
    return { id, stays: !goes };
  }

  /** What is left over is no longer nobody's once an instance has it that stays: the node's own, or one of somebody's. */
  async #isTaken(holder: Holder | undefined): Promise<boolean> {
    if (this.#reduction.goes.which !== 'named' || !holder?.stays) return false;
    return (await this.#project.instances(this.#region).find(holder.id)) !== undefined;
  }

  get #region(): Place['region'] {
    return this.#reduction.place.region;
  }

  #saw(thing: Identifier, { id, status }: { id: string; status: string }): void {
    this.#seen.add(id);
    this.#missing.delete(id);
    this.#log.noticed(thing, status);
  }

  /** A 404 of what nobody has seen yet may only be a look that lags behind the create. */
  #absent(thing: Identifier): Sighting {
    const settled = this.#seen.has(thing.id) || this.#lists.isOver(this.#attempt.now());
    return settled ? this.#missed(thing) : { state: 'waiting', status: null, why: 'it is not visible yet' };
  }

  /**
   * A 404 may be a lie, too: what OVH has not agreed to delete is gone only once lists do not show it alive either, or have
   * done so for the settle window.
   */
  #missed({ id }: Identifier): Sighting {
    if (!this.#alive.has(id) || this.#going.has(id)) return GONE;
    const now = this.#attempt.now();
    const since = this.#missing.get(id) ?? now;
    this.#missing.set(id, since);
    if (new SettleWindow(this.#project.settleMs, since).isOver(now)) return GONE;
    return { state: 'waiting', status: null, why: "OVH's list shows it still" };
  }

  async #detach(attachment: Attachment): Promise<Sighting> {
    const { volumeId, instanceId } = attachment;
    const thing = volumeOf(attachment);
    const { volumes } = this.#project.ovh;
    const volume = await this.#project.volumes(this.#region).find(volumeId);
    if (!volume) return this.#missed(thing);
    const { status, attachedTo } = volume;
    this.#log.noticed(thing, status);
    const instance = await this.#project.instances(this.#region).find(instanceId);
    const isOurs =
      instance === undefined ||
      signOfThing({ kind: 'instance', id: instanceId, name: instance.name }, this.#reduction.place) !==
        undefined ||
      (await inOwnHistory(this.#temporal, instanceId)) !== undefined;
    if (!isOurs) return { state: 'detached', status, why: `instance ${instanceId} is not the node's` };
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
    const agreed = await undefinedIfGone(ask(this.#attempt.sending).then(() => true));
    if (agreed) this.#going.add(key);
    this.#askedAt.set(key, this.#attempt.elapsedMs());
    this.#log.asked(thing);
  }
}

/** What a look answers where the name that OVH shows now says that the thing is not to be deleted. */
const STAYS = 'stays';
const GONE: Sighting = { state: 'gone', status: null };

/** The attempt itself is over: cancelled, replaced, or shut down. */
function isOver(error: unknown, attempt: Attempt): boolean {
  return attempt.signal.aborted || (error instanceof ApplicationFailure && isOfType(error, 'Interrupted'));
}
