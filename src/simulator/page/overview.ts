import { rowOf } from '../../contract/unknown.ts';
import { flavorsById } from '../catalogue/flavors.ts';
import { regionStatuses, regionsByName } from '../catalogue/regions.ts';
import { findImage } from '../operations/images.ts';
import { regionView } from '../operations/regions.ts';
import type { SimulatorCall } from '../http/calls.ts';
import { stateOf } from '../state.ts';
import { switchPositions } from '../switches.ts';
import type { World } from '../world/world.ts';

/** Everything that the page shows of one project, in one answer. No secret is in it. */
export function overviewOf(world: World, projectId: string) {
  const project = world.projects.get(projectId);
  const { instances, volumes, volumeSnapshots, imageSnapshots, sshKeys, operations } = stateOf(
    world,
    projectId,
  );
  return {
    projectId,
    projects: [...world.projects.values()].map(({ id, description }) => ({ id, description })),
    instances: instances.map(({ id, name, region, status, hidden, flavorId, imageId, ...rest }) => ({
      id,
      name,
      region,
      status,
      hidden,
      flavor: flavorsById.get(flavorId)?.name ?? flavorId,
      image: (project && findImage(project, imageId, world.now())?.name) ?? 'a volume',
      addresses: (rest['ipAddresses'] as { ip: string }[]).map(({ ip }) => ip),
    })),
    volumes: volumes.map(({ id, name, region, status, hidden, size, type, attachedTo }) => ({
      id,
      name,
      region,
      status,
      hidden,
      size,
      type,
      attachedTo,
    })),
    others: [
      ...volumeSnapshots.map(({ id, name, status }) => ({ id, kind: 'volume snapshot', name, status })),
      ...imageSnapshots.map(({ id, name, status }) => ({ id, kind: 'image snapshot', name, status })),
      ...sshKeys.map(({ id, name }) => ({ id, kind: 'SSH key', name, status: '' })),
      ...operations
        .filter(({ status }) => status === 'created' || status === 'in-progress')
        .map(({ id, action, status }) => ({ id, kind: 'operation', name: action, status })),
    ],
    regions: [...regionsByName.values()].map((region) => ({
      name: region.name,
      positions: regionStatuses,
      position: regionView(region, world).status,
    })),
    delays: world.delays,
    switches: Object.entries(switchPositions).map(([name, positions]) => ({
      name,
      positions,
      position: rowOf(world.switches, name),
    })),
  };
}

/** A call as one line: which, what came of it, and whether a fault met it. */
export function callLine({ method, path, status, time, fault }: SimulatorCall, number: number) {
  return { number, time, method, path: path.replace(/^\/cloud\/project\/[^/]+/, '…'), status, fault };
}
