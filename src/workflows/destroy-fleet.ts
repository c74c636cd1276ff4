import type { CompleteDestroyFleet, DestroyFleetInput, FleetResult } from '../contract/index.ts';
import { LISTED } from '../contract/index.ts';
import { required } from '../contract/required.ts';
import type { Fleet } from './engine/fleet.ts';
import type { FleetEnding, FleetSoFar, Member } from './engine/fleet-tally.ts';
import { onFleet } from './engine/on-fleet.ts';
import { observe } from './engine/proxies.ts';

type DestroyedFleet = Fleet<CompleteDestroyFleet>;

/** Deletes every node of a fleet, or those beyond a number. A cancel begins no more of them; what has begun finishes. */
export async function destroyFleet(
  input: DestroyFleetInput,
  soFar?: FleetSoFar<CompleteDestroyFleet>,
): Promise<FleetResult> {
  return onFleet('destroyFleet', input, soFar, observe.beginFleetDestroy, async (fleet) => {
    const isEnough = () => fleet.tally.failedCount >= LISTED;
    await fleet.each({ atOnce: 100, stops: isEnough }, (member, index) => nodeGone(fleet, member, index));
    return ending(fleet);
  });
}

async function nodeGone(fleet: DestroyedFleet, { name, home }: Member, index: number): Promise<void> {
  const { project, volumes, ifBusy } = fleet.request;
  const region = required(home, 'the region of a node that stands');
  try {
    const { result } = await fleet.run(index, 'destroyNode', { project, name, region, volumes, ifBusy });
    const instanceId = result.deleted.find(({ kind }) => kind === 'instance')?.id ?? null;
    fleet.has(index, 'destroyed', { name, region, outcome: 'destroyed', instanceId, address: null });
    fleet.leaves(result.kept);
  } catch (error) {
    fleet.fails(index, region, error);
  }
}

function ending(fleet: DestroyedFleet): FleetEnding | null {
  const { members, failedCount, example } = fleet.tally;
  const destroyed = fleet.tally.count('destroyed');
  const gone = `${destroyed} of ${members.length} nodes are destroyed`;
  if (fleet.isCancelled() && destroyed < members.length)
    return {
      type: 'Cancelled',
      message: `the run was cancelled; ${gone}, the others stand`,
      rollsBack: false,
    };
  if (failedCount === 0) return null;
  return { type: 'FleetIncomplete', message: `${gone}; ${failedCount} failed${example}`, rollsBack: false };
}
