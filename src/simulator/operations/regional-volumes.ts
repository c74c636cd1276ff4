import { badRequest, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { boolean, list, long, optional, string, uuid } from '../http/parameters.ts';
import type { VolumeRecord, VolumeState } from '../world/records.ts';
import { findRegion } from './regions.ts';
import { createVolume, volumeType, volumeTypes } from './create-volume.ts';
import { findInstance } from './instances.ts';
import { addOperation, operationView, volumeOperationView } from './operations.ts';
import { extendVolume, wrongState } from './volume-attachment.ts';
import { deleteVolumeSnapshot } from './volume-snapshots.ts';
import { findVolume } from './volumes.ts';

export const regionalVolumeOperations = [
  inProject({
    method: 'GET',
    path: '/region/{regionName}/volume',
    iam: 'region/volume/get',
    handle({ world, project, now, params: { regionName } }) {
      const { listLagMs } = world.delays;
      return [...project.volumes.values()].flatMap((volume) => {
        const state = volume.states.at(now - listLagMs);
        return volume.region === regionName && state ? [regionalView(volume, state)] : [];
      });
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/volume',
    iam: 'region/volume/create',
    body: {
      availabilityZone: optional(string),
      backupId: optional(uuid),
      description: optional(string),
      imageId: optional(uuid),
      instanceId: optional(uuid),
      name: optional(string),
      size: optional(long),
      snapshotId: optional(uuid),
      type: optional(volumeType),
    },
    handle({ world, project, now, fails, params: { regionName }, body }) {
      const { backupId, instanceId, size, type, ...rest } = body;
      if (instanceId) findInstance(project, instanceId, now);
      if (backupId && !project.volumeBackups.get(backupId)?.states.at(now))
        throw notFound('backupId', backupId);
      const backup = backupId ? project.volumeBackups.get(backupId) : undefined;
      const wanted = {
        ...rest,
        region: regionName,
        availabilityZone: rest.availabilityZone || null,
        size: size || backup?.sizeGiB || 0,
        type: type ?? 'classic',
      };
      const beginsAt = now + world.delays.operationMs;
      const volume = createVolume(world, project, wanted, { now, beginsAt, fails });
      const comesToNothing = volume.states.final?.status === 'error';
      const leavesNothing = comesToNothing && world.switches.failedOperation === 'nothing';
      const completedAt = beginsAt + world.delays.volumeMs;
      if (leavesNothing) {
        project.volumes.delete(volume.id);
        project.usageIn(regionName).removeAt(now, { volumes: 1, gigabytes: wanted.size });
      }
      const operation = addOperation(world, project, {
        now,
        action: 'ablockstorage.CreateVolume',
        region: regionName,
        resourceIds: leavesNothing ? [] : [volume.id],
        instanceId: null,
        knownAt: beginsAt,
        completedAt,
        fails: comesToNothing,
      });
      return volumeOperationView(operation, world, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/volume/{volumeId}',
    iam: 'region/volume/get',
    handle({ project, now, params: { regionName, volumeId } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      if (volume.region !== regionName) throw notFound('volumeId', volumeId);
      return regionalView(volume, state);
    },
  }),

  inProject({
    method: 'PUT',
    path: '/region/{regionName}/volume/{volumeId}',
    iam: 'region/volume/edit',
    body: {
      description: optional(string),
      name: optional(string),
      size: optional(long),
      type: optional(volumeType),
    },
    handle({ world, project, now, fails, params: { regionName, volumeId }, body }) {
      const { volume, state } = findVolume(project, volumeId, now);
      if (volume.region !== regionName) throw notFound('volumeId', volumeId);
      const isRetyped = body.type != null && body.type !== volume.type;
      if (isRetyped && state.status !== 'available')
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, not available`);
      if (body.size && body.size !== state.sizeGiB)
        extendVolume(world, project, volume, state, body.size, { now, fails });
      volume.name = body.name ?? volume.name;
      volume.description = body.description ?? volume.description;
      volume.type = body.type ?? volume.type;
      const operation = addOperation(world, project, {
        now,
        action: 'ablockstorage.UpdateVolume',
        region: regionName,
        resourceIds: [volumeId],
        instanceId: null,
        knownAt: now,
        completedAt: now + world.delays.volumeMs,
        fails,
      });
      return operationView(operation, world, now);
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/volume/{volumeId}/bulkDeleteSnapshots',
    iam: 'region/volume/bulkDeleteSnapshots',
    body: { deleteAll: optional(boolean), snapshotIds: optional(list(uuid)) },
    handle({ world, project, now, params: { regionName, volumeId }, body: { deleteAll, snapshotIds } }) {
      findVolume(project, volumeId, now);
      const own = [...project.volumeSnapshots.values()].filter(
        (snapshot) => snapshot.volumeId === volumeId && snapshot.states.at(now),
      );
      const chosen = deleteAll ? own : own.filter(({ id }) => snapshotIds?.includes(id));
      if (chosen.length === 0) throw badRequest('Invalid value(s) received: snapshotIds');
      for (const { id } of chosen) deleteVolumeSnapshot(world, project, id, now);
      const operation = addOperation(world, project, {
        now,
        action: 'ablockstorage.BulkDeleteSnapshots',
        region: regionName,
        resourceIds: [volumeId],
        instanceId: null,
        knownAt: now,
        completedAt: now + world.delays.deleteMs,
        fails: false,
      });
      return operationView(operation, world, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/volumeType',
    iam: 'region/volumeType/get',
    handle({ project, now, params: { regionName } }) {
      const { type } = findRegion(project, regionName, now);
      return volumeTypes
        .filter((name) => name !== 'classic-multiattach' || type === 'region-3-az')
        .map((name) => ({ name }));
    },
  }),
];

/** Without description, bootable and creation date; what holds it is an object. */
function regionalView(volume: VolumeRecord, { status, attachedTo, sizeGiB }: VolumeState) {
  const { id, name, type, availabilityZone } = volume;
  const holders = attachedTo.map((instanceId) => ({ id: instanceId }));
  return { id, name, size: sizeGiB, status, type, availabilityZone, attachedTo: holders };
}
