import type { FleetNode } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { readInstanceName } from '../../identity/mark.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { notReady } from '../exactly-once/to-failure.ts';
import { eachOf } from '../looking/each-of.ts';
import type { ServedProject } from '../project.ts';
import { instanceIsAlive } from './alive.ts';
import type { FleetMember } from './fleet-members.ts';
import { standing } from './inventory.ts';

/** So many look side by side; how fast the looks follow one another is the governor's to say. */
const AT_ONCE = 20;
/** Of so many things at most the next attempt is told that they are gone: a heartbeat carries it. */
const MOST_GONE = 10_000;

/** What looks by id have shown so far. */
export interface FleetLooksMemory {
  /** Ids of what is gone, though a list shows it, or a run has delivered it. */
  gone: string[];
  /** Numbers of the nodes of which something stands, by region. */
  stand: Record<string, number[]>;
}

/** Looks by id at what is of a fleet. Where a turn is too short for all of it, the next one goes on from there. */
export class FleetLooks {
  readonly #project: ServedProject;
  readonly #attempt: Attempt<FleetLooksMemory>;
  readonly #gone: Set<string>;
  readonly #stand: Map<string, Set<number>>;
  /** What OVH is at deleting: the next attempt asks again, as it may give up. */
  readonly #going = new Set<string>();

  constructor(project: ServedProject, attempt: Attempt<FleetLooksMemory>) {
    this.#project = project;
    this.#attempt = attempt;
    const { gone, stand = {} } = attempt.recallAny() ?? {};
    this.#gone = new Set(gone);
    this.#stand = new Map(Object.entries(stand).map(([region, numbers]) => [region, new Set(numbers)]));
  }

  /** Those of which anything stands, with what does: lists still show what was deleted. @throws NotReady until all are looked at. */
  async standing(members: FleetMember[]): Promise<FleetMember[]> {
    const unknown = members.filter((member) => !this.#isStanding(member) && this.#left(member).length > 0);
    await this.#each(unknown, async (member) => {
      const { region, number } = member;
      const left = this.#left(member);
      const seen = await Promise.all(left.map((thing) => standing(this.#project, region, thing)));
      for (const [index, { id }] of left.entries()) {
        if (seen[index] === 'absent') this.#gone.add(id);
        if (seen[index] === 'going') this.#going.add(id);
      }
      if (seen.includes('alive')) this.#stand.set(region, (this.#stand.get(region) ?? new Set()).add(number));
    });
    return members
      .filter((member) => this.#isStanding(member))
      .map((member) => ({ ...member, things: this.#left(member) }));
  }

  /** @throws NotReady while one of these nodes stands, which no list shows, and until all are looked at. */
  async refuseStanding(nodes: Pick<FleetNode, 'name' | 'region' | 'instanceId'>[]): Promise<void> {
    const unknown = nodes.flatMap(({ instanceId, ...node }) =>
      instanceId === null || this.#gone.has(instanceId) ? [] : [{ instanceId, ...node }],
    );
    await this.#each(unknown, async ({ name, region, instanceId }) => {
      const instance = await this.#project.instances(region).find(instanceId);
      if (!instance) this.#gone.add(instanceId);
      if (!instance || !instanceIsAlive(instance)) return;
      if (readInstanceName(instance.name, this.#project.identity(region))?.node !== name) return;
      throw notReady(
        `OVH's lists leave out instance ${instance.name} (${instance.id}), which stands; they are asked again`,
        timing.soonMs,
      );
    });
  }

  #isStanding({ region, number }: FleetMember): boolean {
    return this.#stand.get(region)?.has(number) === true;
  }

  #left({ things }: FleetMember): FleetMember['things'] {
    return things.filter(({ id }) => !this.#gone.has(id) && !this.#going.has(id));
  }

  async #each<One>(all: One[], look: (one: One) => Promise<void>): Promise<void> {
    let looked = 0;
    const looks = async (over: AbortSignal) =>
      eachOf(all, AT_ONCE, async (one) => {
        over.throwIfAborted();
        await look(one);
        looked += 1;
      });
    try {
      await this.#attempt.inTurn(
        looks,
        () => `looked by id at ${looked} of ${all.length} nodes of the fleet; the others follow`,
      );
    } catch (error) {
      this.#attempt.remember(this.#memory);
      throw error;
    }
  }

  get #memory(): FleetLooksMemory {
    const stand: FleetLooksMemory['stand'] = {};
    for (const [region, numbers] of this.#stand) stand[region] = [...numbers];
    return { gone: [...this.#gone].slice(0, MOST_GONE), stand };
  }
}
