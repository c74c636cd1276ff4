import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { VolumeSnapshotRecord } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { wrongState } from './volume-attachment.ts';
import { findVolume } from './volumes.ts';

export const volumeSnapshotOperations = [
  inProject({
    method: 'GET',
    path: '/volume/snapshot',
    iam: 'volume/snapshot/get',
    query: { region: optional(string) },
    handle: ({ world, project, now, query: { region } }) =>
      [...project.volumeSnapshots.values()]
        .filter((snapshot) => !region || snapshot.region === region)
        .flatMap((snapshot) => volumeSnapshotView(snapshot, world, now - world.delays.listLagMs) ?? []),
  }),

  inProject({
    method: 'GET',
    path: '/volume/snapshot/{snapshotId}',
    iam: 'volume/snapshot/get',
    handle({ world, project, now, params: { snapshotId } }) {
      const { snapshot } = findVolumeSnapshot(project, snapshotId, now);
      return volumeSnapshotView(snapshot, world, now);
    },
  }),

  inProject({
    method: 'DELETE',
    path: '/volume/snapshot/{snapshotId}',
    iam: 'volume/snapshot/delete',
    handle: ({ world, project, now, params: { snapshotId } }) =>
      deleteVolumeSnapshot(world, project, snapshotId, now),
  }),

  inProject({
    method: 'POST',
    path: '/volume/{volumeId}/snapshot',
    iam: 'volume/snapshot/create',
    body: { name: optional(string), description: optional(string) },
    handle({ world, project, now, fails, params: { volumeId }, body }) {
      const { volume, state } = findVolume(project, volumeId, now);
      if (state.status !== 'available' && state.status !== 'in-use')
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, neither available nor in-use`);
      const snapshot: VolumeSnapshotRecord = {
        id: world.random.uuid(),
        name: body.name ?? '',
        description: body.description ?? '',
        region: volume.region,
        sizeGiB: state.sizeGiB,
        volumeId,
        bootable: volume.bootable,
        createdAt: now,
        states: new Timeline<'creating' | 'available' | 'deleting' | 'error'>()
          .set(now, 'creating')
          .set(now + world.delays.volumeMs, fails ? 'error' : 'available'),
      };
      project.volumeSnapshots.set(snapshot.id, snapshot);
      return volumeSnapshotView(snapshot, world, now);
    },
  }),
];

function findVolumeSnapshot(project: ProjectRecord, id: string, now: number) {
  const snapshot = project.volumeSnapshots.get(id);
  const status = snapshot?.states.at(now);
  if (!snapshot || !status) throw notFound('snapshotId', id);
  return { snapshot, status };
}

export function deleteVolumeSnapshot(world: World, project: ProjectRecord, id: string, now: number): void {
  const { snapshot, status } = findVolumeSnapshot(project, id, now);
  if (status === 'creating') throw wrongState(world, `Snapshot ${id} is ${status}`);
  snapshot.states.set(now, 'deleting').set(now + world.delays.deleteMs, undefined);
}

export function volumeSnapshotView(snapshot: VolumeSnapshotRecord, world: World, time: number) {
  const status = snapshot.states.at(time);
  if (!status) return undefined;
  const { id, name, description, region, sizeGiB, volumeId, createdAt } = snapshot;
  return {
    id,
    name,
    description,
    region,
    size: sizeGiB,
    volumeId,
    status,
    creationDate: world.date(createdAt),
    planCode: 'volume.snapshot.consumption',
  };
}
