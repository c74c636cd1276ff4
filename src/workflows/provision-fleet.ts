import type { CompleteFleetSpec, FleetNode, FleetResult, FleetSpec, Node } from '../contract/index.ts';
import { outsideOf } from '../contract/index.ts';
import { runDetails } from '../contract/wire.ts';
import { applicationFailure, wasCancelled } from './engine/failure.ts';
import type { Fleet } from './engine/fleet.ts';
import type { FleetEnding, FleetSoFar, Member } from './engine/fleet-tally.ts';
import { onFleet } from './engine/on-fleet.ts';
import { observe } from './engine/proxies.ts';

type ProvisionedFleet = Fleet<CompleteFleetSpec>;

/**
 * Many nodes of one kind, each a workflow of its own. Enough of them, or none: what stood before is never touched. A
 * node for which a region has no stock or quota is made in the next one.
 */
export async function provisionFleet(
  spec: FleetSpec,
  soFar?: FleetSoFar<CompleteFleetSpec>,
): Promise<FleetResult> {
  return onFleet('provisionFleet', spec, soFar, observe.beginFleet, async (fleet) => {
    const { count, maxConcurrent, minHealthy, onPartialFailure } = fleet.request;
    const isHopeless = () => onPartialFailure === 'rollback' && count - fleet.tally.failedCount < minHealthy;
    await fleet.each({ atOnce: maxConcurrent, stops: isHopeless }, (member, index) =>
      nodeReady(fleet, spec, member, index),
    );
    return ending(fleet);
  });
}

async function nodeReady(
  fleet: ProvisionedFleet,
  spec: FleetSpec,
  member: Member,
  index: number,
): Promise<void> {
  const { project, labels } = fleet.request;
  const { name } = member;
  const keeps = spec.node.run?.onFailure === 'keep';
  const regions = regionsFor(fleet, member);
  for (const [asked, region] of regions.entries())
    try {
      const input = { ...spec.node, project, region, name };
      const { result, runId } = await fleet.run(index, 'provisionNodeWithVolume', input, labels);
      const isOwn = runId !== null;
      if (isOwn && result.run.runId !== runId) fleet.wasReset(index, result.run.runId);
      const node = inShort(result, isOwn);
      return fleet.has(index, node.outcome === 'adopted' ? 'adopted' : 'made', node);
    } catch (error) {
      if (isRefusedByRegion(error)) fleet.full.add(region);
      const isLast = asked === regions.length - 1 || !isForAnotherRegion(error);
      if (isLast || (fleet.isStopping() && wasCancelled(error)))
        return fleet.fails(index, region, error, { keeps });
    }
}

/** Where a node may be made, the likeliest first. One that stands stays there: its name elsewhere would be a second node. */
function regionsFor({ request, full }: ProvisionedFleet, { home }: Member): string[] {
  if (home !== undefined) return [home];
  const isFull = (region: string) => full.has(region);
  return [...request.regions.filter((region) => !isFull(region)), ...request.regions.filter(isFull)];
}

/** Whether a failure says that the region has no stock or quota for any node of this kind. */
function isRefusedByRegion(error: unknown): boolean {
  const type = applicationFailure(error)?.type;
  return type === 'PreflightFailed' || type === 'QuotaExceeded';
}

/**
 * Whether the next region is tried. An instance in ERROR may mean that the region is out of stock. Where the failed run has left
 * anything, a node in another region would be a second one.
 */
function isForAnotherRegion(error: unknown): boolean {
  const failure = applicationFailure(error);
  const left = runDetails(failure)?.left ?? [];
  return left.length === 0 && (isRefusedByRegion(error) || failure?.type === 'InstanceFailed');
}

function ending(fleet: ProvisionedFleet): FleetEnding | null {
  const { count, minHealthy, onPartialFailure } = fleet.request;
  const rollsBack = onPartialFailure === 'rollback';
  if (fleet.isCancelled()) return { type: 'Cancelled', message: 'the run was cancelled', rollsBack: true };
  if (fleet.tally.count('made', 'adopted') >= minHealthy) return null;
  const { failedCount, example } = fleet.tally;
  const message = `${failedCount} of ${count} nodes failed, and ${minHealthy} must be had${example}`;
  return { type: 'FleetIncomplete', message, rollsBack };
}

function inShort({ name, region, outcome, instance, addresses }: Node, isOwn: boolean): FleetNode {
  return {
    name,
    region,
    outcome: isOwn ? outcome : 'adopted',
    instanceId: instance.id,
    address: outsideOf(addresses) ?? addresses.privateIpv4,
  };
}
