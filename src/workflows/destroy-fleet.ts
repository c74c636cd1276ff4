import { STEPS } from '../contract/index.ts';
import type { CompleteDestroyFleet, DestroyFleetInput, FleetResult } from '../contract/index.ts';
import { wasCancelled } from './engine/failure.ts';
import {
  LISTED,
  onFleet,
  type Fleet,
  type FleetEnding,
  type FleetTally,
  type Member,
} from './engine/fleet.ts';
import { observe } from './engine/proxies.ts';

/** Deletes every node of a fleet, or those beyond a number. A cancel begins no more of them; what has begun finishes. */
export async function destroyFleet(input: DestroyFleetInput, soFar?: FleetTally): Promise<FleetResult> {
  return onFleet<CompleteDestroyFleet>(
    'destroyFleet',
    input,
    soFar,
    observe.beginFleetDestroy,
    async (fleet) => {
      const { tally } = fleet;
      // A later run sees what the earlier ones kept: it must not be begun again.
      const done = new Set([...tally.nodes, ...tally.failed].map(keyOf));
      const members = fleet.standing.filter((member) => !done.has(keyOf(member)));
      const wanted = tally.nodes.length + tally.failedCount + members.length;
      tally.begun = 0;
      const isEnough = () => tally.failedCount >= LISTED;
      await fleet.each(STEPS.nodes, members, { atOnce: 100, wanted, stops: isEnough }, (node) =>
        nodeGone(fleet, node),
      );
      return ending(fleet, wanted);
    },
  );
}

async function nodeGone(fleet: Fleet<CompleteDestroyFleet>, { name, region }: Member): Promise<void> {
  const { project, volumes, ifBusy } = fleet.request;
  try {
    const { result } = await fleet.run('destroyNode', { project, name, region, volumes, ifBusy });
    const instance = result.deleted.find(({ kind }) => kind === 'instance');
    const instanceId = instance?.id ?? null;
    fleet.tally.nodes.push({ name, region, outcome: 'destroyed', instanceId, address: null });
    fleet.keep(fleet.tally.left, result.kept);
  } catch (error) {
    if (!(fleet.isStopping() && wasCancelled(error))) fleet.fails({ name, region }, error);
  }
}

function ending({ tally, isCancelled }: Fleet<CompleteDestroyFleet>, wanted: number): FleetEnding | null {
  const gone = `${tally.nodes.length} of ${wanted} nodes are destroyed`;
  if (isCancelled() && tally.nodes.length < wanted)
    return {
      type: 'Cancelled',
      message: `the run was cancelled; ${gone}, the others stand`,
      rollsBack: false,
    };
  const [first] = tally.failed;
  if (!first) return null;
  return {
    type: 'FleetIncomplete',
    message: `${gone}; ${tally.failedCount} failed, ${first.name} for one: ${first.message}`,
    rollsBack: false,
  };
}

function keyOf({ name, region }: Member): string {
  return `${region} ${name}`;
}
