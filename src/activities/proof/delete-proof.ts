import type { Client } from '@temporalio/client';
import { nodeWorkflowId } from '../../contract/index.ts';
import type { DestroyPolicy, Identifier, Place, Reduction } from '../../contract/index.ts';
import { readVolume, signOf } from '../../identity/mark.ts';
import type { Volume } from '../../ovh/index.ts';
import { notReady } from '../exactly-once/to-failure.ts';
import { signOfThing } from '../inventory/marked.ts';
import type { ServedProject } from '../project.ts';
import { NodeMemory } from './node-memory.ts';
import { inOwnHistory } from './own-history.ts';

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
    return signOfThing(thing, place) === place.sign && !this.#reduction.spared?.includes(thing.id);
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
        : signOfThing(thing, place) !== undefined && (await this.#isOfMakers(thing));
    if (carries) return goes(thing);
    const isKnown = this.#reduction.known.some(({ id }) => id === thing.id);
    return isKnown && which.which === 'own' && (await inOwnHistory(this.#temporal, thing.id)) === 'made';
  }

  /** Whoever takes back what a fleet has made leaves what is not its own, or has been delivered to somebody else since. */
  async #isOfMakers(thing: Identifier): Promise<boolean> {
    const makers = this.policy?.madeBy;
    if (!makers) return true;
    const sign = signOfThing(thing, this.#reduction.place);
    if (!makers.some((runId) => signOf(runId) === sign)) return false;
    this.#wantedByOthers ??= this.#recallOthers(makers).catch((error: unknown) => {
      this.#wantedByOthers = undefined;
      throw error;
    });
    return !(await this.#wantedByOthers).has(thing.id);
  }

  async #recallOthers(makers: string[]): Promise<Set<string>> {
    const { project, region, node: name } = this.#reduction.place;
    const memory = await NodeMemory.recall(this.#temporal, nodeWorkflowId({ project, region, name }));
    const wanted = memory.wantedBeside(makers);
    // The node is this run's alone: what seems open has ended, and Temporal's list does not say so yet.
    if (!wanted) throw notReady('waits until Temporal shows how the run before has ended', 500);
    return new Set(wanted);
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
