import type { Attachment, Identifier, Reduction, ServerTime } from '../contract/index.ts';
import type { Instance, MutateOptions, Volume } from '../ovh/index.ts';
import { Attempt } from './attempt.ts';
import { listMarked } from './marked.ts';
import { isWorking } from './operations.ts';
import type { PauseWatch } from './pause-watch.ts';
import { undefinedIfGone, type Project, type Projects } from './project.ts';
import { instanceIsAlive } from './status.ts';
import { notReady } from './to-failure.ts';

/** What earlier attempts have found to delete and seen with their own eyes, so that the last one can name it all. */
interface Memory {
  found: Identifier[];
  seen: string[];
  settleUntil: ServerTime | null;
}

const PATIENCE_MS = 60_000;
/** A DELETE that OVH seems to have forgotten is asked again. */
const ASK_AGAIN_MS = 30_000;

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
  #askedAt = new Map<string, number>();

  constructor(project: Project, reduction: Reduction, attempt: Attempt) {
    this.#project = project;
    this.#reduction = reduction;
    this.#attempt = attempt;
    const memory = attempt.recall<Memory>();
    const found = [...reduction.known, ...(memory?.found ?? [])];
    this.#seen = new Set(memory?.seen);
    this.#settleUntil = memory?.settleUntil ?? reduction.settleUntil;
    this.#found = new Map(found.map((thing) => [thing.id, thing]));
  }

  async untilDone(): Promise<Identifier[]> {
    for (let pause = 250; ; pause = Math.min(5000, pause * 1.5)) {
      const began = this.#attempt.now();
      const resisting = await this.#round();
      const settled = this.#settleUntil === null || began >= this.#settleUntil;
      if (resisting.length === 0 && settled) return [...this.#found.values()];
      const why =
        resisting.length > 0 ? resisting.join('; ') : 'looking for what a lost answer may have made';
      if (this.#attempt.elapsedMs() > PATIENCE_MS) throw notReady(why, 1000);
      await this.#attempt.sleep(pause);
    }
  }

  /** Tries everything that is left: a volume stuck in `detaching` must not keep a paid instance alive. */
  async #round(): Promise<string[]> {
    try {
      await this.#look();
    } catch (error) {
      return [sentence(error)];
    }
    const deletions = [...this.#found.values()].map((thing) =>
      thing.kind === 'instance' ? this.#deleteInstance(thing) : this.#deleteVolume(thing),
    );
    const detachments = this.#reduction.detach.map((attachment) => this.#detach(attachment));
    const results = await Promise.allSettled([...deletions, ...detachments]);
    for (const result of results)
      if (result.status === 'rejected' && isOver(result.reason, this.#attempt)) throw result.reason;
    return results
      .map((result) => (result.status === 'rejected' ? sentence(result.reason) : result.value))
      .filter((resisting) => resisting !== undefined);
  }

  async #look(): Promise<void> {
    await this.#awaitOperations();
    const kept = new Set(this.#reduction.keep.map(({ id }) => id));
    const { instances, volumes } = await listMarked(this.#project, this.#reduction.place);
    for (const { id, name } of instances)
      if (!kept.has(id)) this.#found.set(id, { kind: 'instance', id, name });
    for (const { id, name } of volumes) if (!kept.has(id)) this.#found.set(id, { kind: 'volume', id, name });
    this.#attempt.remember({
      found: [...this.#found.values()],
      seen: [...this.#seen],
      settleUntil: this.#settleUntil,
    } satisfies Memory);
  }

  /** Lists can show what an order makes only once OVH is through with it: the window begins again until then. */
  async #awaitOperations(): Promise<void> {
    const { place, settleUntil } = this.#reduction;
    if (settleUntil === null || !(await isWorking(this.#project, place.region, settleUntil))) return;
    this.#settleUntil = this.#attempt.now() + this.#project.settleMs;
  }

  /** @returns why it is still there, or undefined when OVH says 404. */
  async #deleteInstance({ id, name }: Identifier): Promise<string | undefined> {
    const { instances } = this.#project.ovh;
    const instance: Instance | undefined = await undefinedIfGone(instances.get(id));
    if (!instance) return this.#absent(`instance ${name} (${id})`, id);
    this.#seen.add(id);
    if (instance.status === 'DELETED' || instance.status === 'SOFT_DELETED') return undefined;
    if (instanceIsAlive(instance)) await this.#once(id, (options) => instances.delete(id, options));
    return `instance ${name} (${id}) is ${instance.status}, to be deleted`;
  }

  async #deleteVolume({ id, name }: Identifier): Promise<string | undefined> {
    const { volumes } = this.#project.ovh;
    const volume: Volume | undefined = await undefinedIfGone(volumes.get(id));
    if (!volume) return this.#absent(`volume ${name} (${id})`, id);
    this.#seen.add(id);
    if (volume.status === 'deleted') return undefined;
    const stays = volume.attachedTo.find((instanceId) => !this.#found.has(instanceId));
    // An instance that goes gives its volumes back; from one that stays they must be taken.
    if (volume.status === 'in-use' && stays !== undefined)
      await this.#once(`${id} ${stays}`, (options) => volumes.detach(id, stays, options));
    else if (
      volume.attachedTo.length === 0 &&
      !/^(creating|attaching|detaching|deleting)$/.test(volume.status)
    )
      await this.#once(id, (options) => volumes.delete(id, options));
    return `volume ${name} (${id}) is ${volume.status}, to be deleted`;
  }

  /** A 404 of what nobody has seen yet may only be a look that lags behind the create. */
  #absent(subject: string, id: string): string | undefined {
    const settled = this.#seen.has(id) || this.#attempt.sinceScheduledMs() >= this.#project.settleMs;
    return settled ? undefined : `${subject} is not visible yet, to be deleted`;
  }

  async #detach({ volumeId, volumeName, instanceId }: Attachment): Promise<string | undefined> {
    const { volumes } = this.#project.ovh;
    const volume: Volume | undefined = await undefinedIfGone(volumes.get(volumeId));
    if (!volume || volume.status === 'available') return undefined;
    if (volume.status === 'in-use' && !volume.attachedTo.includes(instanceId)) return undefined;
    if (volume.status === 'in-use')
      await this.#once(`${volumeId} ${instanceId}`, (options) =>
        volumes.detach(volumeId, instanceId, options),
      );
    return `volume ${volumeName} (${volumeId}) is ${volume.status}, to be detached`;
  }

  async #once(key: string, ask: (options: MutateOptions) => Promise<unknown>): Promise<void> {
    const askedAt = this.#askedAt.get(key);
    if (askedAt !== undefined && this.#attempt.elapsedMs() - askedAt < ASK_AGAIN_MS) return;
    await undefinedIfGone(ask(this.#attempt.sending));
    this.#askedAt.set(key, this.#attempt.elapsedMs());
  }
}

/** The attempt itself is over: cancelled, replaced, or shut down. */
function isOver(error: unknown, attempt: Attempt): boolean {
  return attempt.signal.aborted || (error as { type?: string }).type === 'Interrupted';
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
