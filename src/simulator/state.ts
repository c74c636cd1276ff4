import { floatingIpView } from './operations/floating-ips.ts';
import { snapshotView } from './operations/image-snapshots.ts';
import { instanceDetail } from './operations/instance-views.ts';
import { operationView } from './operations/operations.ts';
import { volumeSnapshotView } from './operations/volume-snapshots.ts';
import { volumeView } from './operations/volume-views.ts';
import { goneThing, type ProjectRecord } from './world/project.ts';
import type { Gone, InstanceRecord, SshKeyRecord, VolumeRecord } from './world/records.ts';
import type { World } from './world/world.ts';

/** Everything that exists, whether lists show it or not, as the API would show it, and what only OVH knows. */
export interface SimulatorState {
  instances: StateInstance[];
  volumes: StateVolume[];
  sshKeys: (SshKeyRecord & { projectId: string })[];
  volumeSnapshots: { id: string; name: string; status: string; volumeId: string; projectId: string }[];
  imageSnapshots: { id: string; name: string; status: string; region: string; projectId: string }[];
  /** Public addresses that come in at a private one; `instanceId` is null where it belongs to nothing. */
  floatingIps: StateFloatingIp[];
  gateways: { id: string; name: string; region: string; projectId: string }[];
  operations: { id: string; action: string; status: string; resourceId: string | null; projectId: string }[];
  /** What existed once. */
  deleted: { instances: Gone[]; volumes: Gone[] };
}

interface StateFloatingIp {
  id: string;
  ip: string;
  region: string;
  status: string;
  /** The private address that it comes in at. */
  at: string | null;
  instanceId: string | null;
  projectId: string;
}

interface StateThing {
  id: string;
  name: string;
  region: string;
  projectId: string;
  /** Too new for the lists to show it. */
  hidden: boolean;
  [field: string]: unknown;
}

export interface StateInstance extends StateThing {
  status: string;
  flavorId: string;
  imageId: string;
  sshKeyId: string | null;
  /** What it was created with. */
  userData: string | null;
  /** When its last change of status happened or will happen, epoch milliseconds: of a new one, when it is `ACTIVE`. */
  settledAt: number;
}

export interface StateVolume extends StateThing {
  status: string;
  description: string;
  /** GiB. */
  size: number;
  type: string;
  /** Empty while `attaching`. */
  attachedTo: string[];
  /** The snapshot that it was made from. */
  snapshotId: string | null;
}

/** The state of one project, or of all of them. */
export function stateOf(world: World, projectId?: string): SimulatorState {
  const now = world.now();
  const state: SimulatorState = {
    instances: [],
    volumes: [],
    sshKeys: [],
    volumeSnapshots: [],
    imageSnapshots: [],
    floatingIps: [],
    gateways: [],
    operations: [],
    deleted: { instances: [], volumes: [] },
  };
  for (const project of world.projects.values()) {
    if (projectId !== undefined && projectId !== project.id) continue;
    state.deleted.instances.push(...project.goneInstances);
    state.deleted.volumes.push(...project.goneVolumes);
    for (const instance of project.instances.values()) {
      const shown = stateInstance(instance, world, project, now);
      if (shown) state.instances.push(shown);
      else state.deleted.instances.push(goneThing(instance, project.id));
    }
    for (const volume of project.volumes.values()) {
      const shown = stateVolume(volume, world, project, now);
      if (shown) state.volumes.push(shown);
      else state.deleted.volumes.push(goneThing(volume, project.id));
    }
    for (const key of project.sshKeys.values())
      state.sshKeys.push({ ...structuredClone(key), projectId: project.id });
    const owner = { projectId: project.id };
    for (const each of project.volumeSnapshots.values()) {
      const snapshot = volumeSnapshotView(each, world, now);
      if (snapshot) state.volumeSnapshots.push({ ...snapshot, ...owner });
    }
    for (const each of project.imageSnapshots.values()) {
      const image = snapshotView(each, now);
      if (image) state.imageSnapshots.push({ ...image, ...owner });
    }
    for (const each of project.floatingIps.values()) {
      if (!each.states.at(now)) continue;
      const { associatedEntity, id, ip, region, status } = floatingIpView(each, project, now);
      const holds = associatedEntity ? (each.association ?? undefined) : undefined;
      const place = { at: holds?.ip ?? null, instanceId: holds?.instanceId ?? null };
      state.floatingIps.push({ id, ip, region, status, ...place, ...owner });
    }
    for (const { id, name, region, states } of project.gateways.values())
      if (states.at(now)) state.gateways.push({ id, name, region, ...owner });
    for (const operation of project.operations.values())
      state.operations.push({ ...operationView(operation, world, now), ...owner });
  }
  return state;
}

function stateInstance(
  instance: InstanceRecord,
  world: World,
  project: ProjectRecord,
  now: number,
): StateInstance | undefined {
  const status = instance.states.at(now);
  if (!status) return undefined;
  const { flavorId, imageId, sshKeyId, userData } = instance;
  const detail = structuredClone(instanceDetail(instance, status, world, project, now));
  const hidden = !instance.states.at(now - world.delays.listLagMs);
  const { settledAt } = instance.states;
  return { ...detail, flavorId, imageId, sshKeyId, userData, projectId: project.id, hidden, settledAt };
}

function stateVolume(
  volume: VolumeRecord,
  world: World,
  project: ProjectRecord,
  now: number,
): StateVolume | undefined {
  const state = volume.states.at(now);
  if (!state) return undefined;
  const hidden = !volume.states.at(now - world.delays.listLagMs);
  return {
    ...volumeView(volume, state, world),
    snapshotId: volume.snapshotId,
    projectId: project.id,
    hidden,
  };
}
