import type { CompleteFleetSpec, FleetNode, FleetResult, FleetSpec, Node } from '../contract/index.ts';
import { STEPS, fleetNodeName } from '../contract/index.ts';
import { runDetails } from '../contract/wire.ts';
import { applicationFailure, wasCancelled } from './engine/failure.ts';
import { onFleet, type Fleet, type FleetEnding, type FleetTally } from './engine/fleet.ts';
import { observe } from './engine/proxies.ts';

/**
 * Many nodes of one kind, each a workflow of its own. Enough of them, or none: what stood before is never touched. A
 * node for which a region has no stock or quota is made in the next one.
 */
export async function provisionFleet(spec: FleetSpec, soFar?: FleetTally): Promise<FleetResult> {
  return onFleet<CompleteFleetSpec>('provisionFleet', spec, soFar, observe.beginFleet, async (fleet) => {
    const { count, name, maxConcurrent, minHealthy, onPartialFailure } = fleet.request;
    const names = Array.from({ length: count }, (_, index) => fleetNodeName(name, index + 1));
    const isHopeless = () => onPartialFailure === 'rollback' && count - fleet.tally.failedCount < minHealthy;

    await fleet.each(
      STEPS.nodes,
      names,
      { atOnce: maxConcurrent, wanted: count, stops: isHopeless },
      (node) => nodeReady(fleet, spec, node),
    );
    return ending(fleet);
  });
}

async function nodeReady(fleet: Fleet<CompleteFleetSpec>, spec: FleetSpec, name: string): Promise<void> {
  const { project, labels } = fleet.request;
  const regions = regionsFor(fleet, name);
  for (const [index, region] of regions.entries())
    try {
      const input = { ...spec.node, project, region, name };
      const { result, isOwn } = await fleet.run('provisionNodeWithVolume', input, labels);
      fleet.tally.nodes.push(inShort(result, isOwn));
      if (isOwn && result.outcome === 'completed') fleet.tally.parts.push(madeOf(result));
      return;
    } catch (error) {
      // Its own run has undone it: there is nothing to blame the node for.
      if (fleet.isStopping() && wasCancelled(error)) return;
      if (isRefusedByRegion(error)) fleet.tally.full.push(region);
      if (index === regions.length - 1 || !isForAnotherRegion(error))
        return fleet.fails({ name, region }, error);
    }
}

/** Where it stands it stays: the same name in another region would be a second node. */
function regionsFor({ request, standing, tally }: Fleet<CompleteFleetSpec>, name: string): string[] {
  const home = standing.find((node) => node.name === name);
  if (home) return [home.region];
  const isFull = (region: string) => tally.full.includes(region);
  return [...request.regions.filter((region) => !isFull(region)), ...request.regions.filter(isFull)];
}

/** It is not about this one node: the region has no stock or quota for any of its kind. */
function isRefusedByRegion(error: unknown): boolean {
  const type = applicationFailure(error)?.type;
  return type === 'PreflightFailed' || type === 'QuotaExceeded';
}

/** Out of stock also shows as an instance in ERROR. Nothing may be left, or there would be two. */
function isForAnotherRegion(error: unknown): boolean {
  const failure = applicationFailure(error);
  const left = runDetails(failure)?.left ?? [];
  return left.length === 0 && (isRefusedByRegion(error) || failure?.type === 'InstanceFailed');
}

function ending({ tally, request, isCancelled }: Fleet<CompleteFleetSpec>): FleetEnding | null {
  const { count, minHealthy, onPartialFailure } = request;
  const rollsBack = onPartialFailure === 'rollback';
  if (isCancelled()) return { type: 'Cancelled', message: 'the run was cancelled', rollsBack: true };
  if (tally.nodes.length >= minHealthy) return null;
  const [first] = tally.failed;
  const example = first ? `, ${first.name} for one: ${first.message}` : '';
  const message = `${tally.failedCount} of ${count} nodes failed, and ${minHealthy} must be had${example}`;
  return { type: 'FleetIncomplete', message, rollsBack };
}

function inShort({ name, region, outcome, instance, addresses }: Node, isOwn: boolean): FleetNode {
  return {
    name,
    region,
    outcome: isOwn ? outcome : 'adopted',
    instanceId: instance.id,
    address: addresses.publicIpv4 ?? addresses.publicIpv6 ?? addresses.privateIpv4,
  };
}

/** Of a node of which parts stood before, only what this run added is deleted again. */
function madeOf({ name, region, instance, volumes, bootVolume }: Node) {
  const made = [...volumes, ...(bootVolume ? [bootVolume] : [])].filter(
    ({ outcome }) => outcome === 'created',
  );
  const own = instance.outcome === 'created' ? [instance.id] : [];
  return { name, region, only: [...own, ...made.map(({ id }) => id)] };
}
