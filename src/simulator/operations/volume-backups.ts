import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string, uuid } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { VolumeBackupRecord } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { createVolume, type VolumeCreation } from './create-volume.ts';
import { volumeView } from './volume-views.ts';
import { wrongState } from './volume-attachment.ts';
import { findVolume } from './volumes.ts';

type Status = 'creating' | 'ok' | 'restoring' | 'deleting' | 'error';

const all = '/region/{regionName}/volumeBackup';
const one = `${all}/{volumeBackupId}` as const;

export const volumeBackupOperations = [
  inProject({
    method: 'GET',
    path: all,
    iam: 'region/volumeBackup/get',
    handle: ({ world, project, now, params: { regionName } }) =>
      [...project.volumeBackups.values()]
        .filter(({ region }) => region === regionName)
        .flatMap((backup) => backupView(backup, world, now) ?? []),
  }),

  inProject({
    method: 'POST',
    path: all,
    iam: 'region/volumeBackup/create',
    body: { name: optional(string), volumeId: uuid },
    handle({ world, project, now, fails, params: { regionName }, body: { name, volumeId } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      if (volume.region !== regionName) throw notFound('volumeId', volumeId);
      if (state.status !== 'available')
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, not available`);
      const backup: VolumeBackupRecord = {
        id: world.random.uuid(),
        name: name ?? '',
        region: regionName,
        sizeGiB: state.sizeGiB,
        volumeId,
        createdAt: now,
        states: new Timeline<Status>()
          .set(now, 'creating')
          .set(now + world.delays.volumeMs, fails ? 'error' : 'ok'),
      };
      project.volumeBackups.set(backup.id, backup);
      return backupView(backup, world, now);
    },
  }),

  inProject({
    method: 'GET',
    path: one,
    iam: 'region/volumeBackup/get',
    handle: ({ world, project, now, params }) =>
      backupView(findBackup(project, params.volumeBackupId, now).backup, world, now),
  }),

  inProject({
    method: 'DELETE',
    path: one,
    iam: 'region/volumeBackup/delete',
    handle({ world, project, now, params: { volumeBackupId } }) {
      const { backup, status } = findBackup(project, volumeBackupId, now);
      if (status !== 'ok' && status !== 'error')
        throw wrongState(world, `Backup ${volumeBackupId} is ${status}`);
      backup.states.set(now, 'deleting').set(now + world.delays.deleteMs, undefined);
    },
  }),

  inProject({
    method: 'POST',
    path: `${one}/restore`,
    iam: 'region/volumeBackup/restore',
    body: { volumeId: uuid },
    handle({ world, project, now, params: { volumeBackupId }, body: { volumeId } }) {
      const { backup, status } = findBackup(project, volumeBackupId, now);
      const { volume, state } = findVolume(project, volumeId, now);
      if (status !== 'ok' || state.status !== 'available')
        throw wrongState(world, `Backup ${volumeBackupId} is ${status}, volume ${volumeId} ${state.status}`);
      backup.states.set(now, 'restoring').set(now + world.delays.volumeMs, 'ok');
      volume.states
        .set(now, { ...state, status: 'restoring-backup' })
        .set(now + world.delays.volumeMs, state);
      return backupView(backup, world, now);
    },
  }),

  inProject({
    method: 'POST',
    path: `${one}/volume`,
    iam: 'region/volumeBackup/volume/create',
    body: { name: optional(string) },
    handle({ world, project, now, fails, params: { volumeBackupId }, body: { name } }) {
      const { backup, status } = findBackup(project, volumeBackupId, now);
      if (status !== 'ok') throw wrongState(world, `Backup ${volumeBackupId} is ${status}`);
      const origin = project.volumes.get(backup.volumeId);
      const wanted = {
        name,
        region: backup.region,
        size: backup.sizeGiB,
        type: (origin?.type ?? 'classic') as VolumeCreation['type'],
        description: null,
        imageId: null,
        snapshotId: null,
        availabilityZone: origin?.availabilityZone,
      };
      const volume = createVolume(world, project, wanted, { now, fails });
      const state = { status: 'creating', attachedTo: [], sizeGiB: backup.sizeGiB } as const;
      return volumeView(volume, { ...state, attachedTo: [] }, world);
    },
  }),
];

function findBackup(project: ProjectRecord, id: string, now: number) {
  const backup = project.volumeBackups.get(id);
  const status = backup?.states.at(now);
  if (!backup || !status) throw notFound('volumeBackupId', id);
  return { backup, status };
}

function backupView(backup: VolumeBackupRecord, world: World, now: number) {
  const status = backup.states.at(now);
  if (!status) return undefined;
  const { id, name, region, sizeGiB, volumeId, createdAt } = backup;
  return { id, name, region, size: sizeGiB, volumeId, status, creationDate: world.date(createdAt) };
}
