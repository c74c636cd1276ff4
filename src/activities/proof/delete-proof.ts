import type { Client } from '@temporalio/client';
import { nodeWorkflowId } from '../../contract/index.ts';
import type { DestroyPolicy, FloatingIpBefore, Identifier, Place, Reduction } from '../../contract/index.ts';
import { readVolume, signOf } from '../../identity/mark.ts';
import type { FloatingIp, Volume } from '../../ovh/index.ts';
import { notReady } from '../exactly-once/to-failure.ts';
import { isTiedTo } from '../inventory/floating-ips.ts';
import { signOfThing } from '../inventory/marked.ts';
import type { ServedProject } from '../project.ts';
import { NodeMemory } from './node-memory.ts';
import { floatingIpBefore, inOwnHistory, leftOverBefore } from './own-history.ts';

/** The instance that a volume is attached to, and whether it outlives this deletion. */
export interface Holder {
  id: string;
  stays: boolean;
}

/** What of the things that OVH shows a deletion may take, as far as names, this run's history and earlier runs prove it. */
export class DeleteProof {
  #project: ServedProject;
  #temporal: Client;
  #reduction: Reduction;
  /** Ids that a success of another run names: whoever takes back what a fleet has made leaves these. Asked once. */
  #wantedByOthers: Promise<Set<string>> | undefined;

  constructor(project: ServedProject, temporal: Client, reduction: Reduction) {
    this.#project = project;
    this.#temporal = temporal;
    this.#reduction = reduction;
  }

  /** Whether a thing may go by the name that a list shows. The look by id before each DELETE has the last word. */
  mayGo(thing: Identifier): boolean {
    const { place, goes } = this.#reduction;
    if (goes.which === 'named') return false;
    return goes.which === 'node' || this.#carriesOwnSign(thing, place);
  }

  /** All nodes of a fleet have one sign: what carries it and stood before was made by a run before this one. */
  #carriesOwnSign(thing: Identifier, place: Place): boolean {
    return signOfThing(thing, place) === place.sign && !this.#reduction.spared.includes(thing.id);
  }

  /**
   * The proof that a DELETE needs, by what OVH shows for the id now. An undo takes what carries the run's own sign; what
   * was named, or belongs to a node that somebody destroys, carries the node's mark. Whoever renamed a thing has not made
   * it somebody else's: then the run's history says whether OVH answered it to a POST of the run.
   */
  async isProven(thing: Identifier, goes: (thing: Identifier) => boolean = () => true): Promise<boolean> {
    const { place, goes: which } = this.#reduction;
    const carries =
      which.which === 'own'
        ? this.#carriesOwnSign(thing, place)
        : signOfThing(thing, place) !== undefined &&
          (await this.#isOfMakers(thing.id, signOfThing(thing, place)));
    if (carries) return goes(thing);
    if (which.which !== 'own') return false;
    const isKnown = this.#reduction.known.some(({ id }) => id === thing.id);
    return isKnown && (await inOwnHistory(this.#temporal, thing.id)) === 'made';
  }

  /** Whoever takes back what a fleet has made leaves what is not its own, or has been delivered to somebody else since. */
  async #isOfMakers(id: string, sign: string | null | undefined): Promise<boolean> {
    const makers = this.policy?.madeBy;
    if (!makers) return true;
    if (!makers.some((runId) => signOf(runId) === sign)) return false; // (rule 29)
    this.#wantedByOthers ??= this.#recallOthers(makers).catch((error: unknown) => {
      this.#wantedByOthers = undefined;
      throw error;
    });
    return !(await this.#wantedByOthers).has(id); // (rule 26)
  }

  async #recallOthers(makers: string[]): Promise<Set<string>> {
    const { project, region, node: name } = this.#reduction.place;
    const memory = await NodeMemory.recall(this.#temporal, nodeWorkflowId({ project, region, name }));
    const wanted = memory.wantedBeside(makers);
    if (!wanted)
      throw notReady('waits until Temporal shows, and a key opens, how the run before has ended', 500);
    return new Set(wanted);
  }

  /**
   * The proof that a floating IP needs, which has no name. An undo and a count take what this run's history says that it
   * made; a destroy what its baseline says that a run of the node made, or what somebody names by its id; a reap what no run
   * has delivered. What somebody has tied to something else since stays: it goes from nothing, or from where it was seen to
   * come in while the instance there told that it is the node's.
   */
  async floatingIpGoes(seen: FloatingIp): Promise<boolean> {
    const { goes } = this.#reduction;
    const wasMade = goes.which !== 'node' && (await inOwnHistory(this.#temporal, seen.id)) === 'made';
    if (wasMade) return true;
    if (goes.which === 'own') return false;
    const before =
      goes.which === 'named'
        ? await leftOverBefore(this.#temporal, seen.id)
        : await this.#floatingIpOfNode(seen.id);
    if (!before) return false;
    return seen.port === null || isTiedTo(seen, before.port ? [before.port] : []);
  }

  async #floatingIpOfNode(id: string): Promise<FloatingIpBefore | undefined> {
    const before = await floatingIpBefore(this.#temporal, id);
    if (!before) return undefined;
    if (this.policy?.only) return this.policy.only.includes(id) ? before : undefined;
    const goes = before.sign !== null && (await this.#isOfMakers(id, before.sign)); // (rule 34)
    return goes ? before : undefined;
  }

  instanceGoes({ id }: Identifier): boolean {
    const policy = this.policy;
    if (!policy) return true;
    if (policy.only) return policy.only.includes(id);
    return policy.ifInstanceId === undefined || policy.ifInstanceId === id;
  }

  volumeGoes(volume: Volume, holder: Holder | undefined): boolean {
    const policy = this.policy;
    if (!policy) return true;
    if (policy.only) return policy.only.includes(volume.id);
    if (policy.ifInstanceId !== undefined && holder && holder.id !== policy.ifInstanceId) return false;
    if (policy.volumes !== 'spec') return policy.volumes === 'delete';
    return readVolume(volume, this.#project.identity(volume.region))?.onDestroy === 'delete'; // (rule 19)
  }

  /** What a destroy was asked for; undefined where an undo, a count or a reap deletes. */
  get policy(): DestroyPolicy | undefined {
    const { goes } = this.#reduction;
    return goes.which === 'node' ? goes : undefined;
  }
}
