import { notFound, refusal } from '../http/api-error.ts';
import { inProject, type ProjectCall } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { VolumeRecord, VolumeState, VolumeStatusEnum } from '../world/records.ts';
import { createVolume, volumeCreation } from './create-volume.ts';
import { volumeView } from './volume-views.ts';

export const volumeOperations = [
  inProject({
    method: 'GET',
    path: '/volume',
    iam: 'volume/get',
    query: { region: optional(string) },
    handle({ world, project, now, query: { region } }) {
      const { listLagMs } = world.delays;
      project.sweep(now, listLagMs);
      const listed = [];
      for (const volume of project.volumes.values()) {
        if (region && volume.region !== region) continue;
        const state = volume.states.at(now - listLagMs);
        if (!state) continue;
        const isGone = world.switches.listDeleted === 'deleted' && !volume.states.at(now);
        listed.push(volumeView(volume, isGone ? { ...state, status: 'deleted' } : state, world));
      }
      return listed;
    },
  }),

  inProject({
    method: 'POST',
    path: '/volume',
    iam: 'volume/create',
    body: volumeCreation,
    handle({ world, project, now, fails, body }) {
      const volume = createVolume(world, project, body, { now, fails });
      return volumeView(volume, { status: 'creating', attachedTo: [], sizeGiB: body.size }, world);
    },
  }),

  inProject({
    method: 'GET',
    path: '/volume/{volumeId}',
    iam: 'volume/get',
    handle({ world, project, now, params: { volumeId } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      const isHidden = world.switches.detailLag === 'on' && now < volume.createdAt + world.delays.listLagMs;
      if (isHidden) throw notFound('volumeId', volumeId);
      return volumeView(volume, state, world);
    },
  }),

  inProject({
    method: 'PUT',
    path: '/volume/{volumeId}',
    iam: 'volume/edit',
    body: { name: optional(string), description: optional(string) },
    handle({ world, project, now, params: { volumeId }, body: { name, description } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      volume.name = name ?? volume.name;
      volume.description = description ?? volume.description;
      return volumeView(volume, state, world);
    },
  }),

  inProject({
    method: 'DELETE',
    path: '/volume/{volumeId}',
    iam: 'volume/delete',
    handle: ({ params, ...call }) => deleteVolume(call, params.volumeId),
  }),
];

/** What exists under that id now, lists or no lists. */
export function findVolume(
  project: ProjectRecord,
  id: string,
  now: number,
): { volume: VolumeRecord; state: VolumeState } {
  const volume = project.volumes.get(id);
  const state = volume?.states.at(now);
  if (!volume || !state) throw notFound('volumeId', id);
  return { volume, state };
}

const deletable: VolumeStatusEnum[] = ['available', 'error', 'error_extending', 'error_deleting'];

/** Begins the end of a volume that nobody uses. */
export function deleteVolume(
  { world, project, now, fails }: Pick<ProjectCall, 'world' | 'project' | 'now' | 'fails'>,
  id: string,
): void {
  const { volume, state } = findVolume(project, id, now);
  if (!deletable.includes(state.status) || state.attachedTo.length > 0) {
    throw refusal(world.switches.deleteBusyVolume, `Volume ${id} is still attached, detach volume first.`);
  }
  const snapshots = [...project.volumeSnapshots.values()].filter(
    ({ volumeId, states }) => volumeId === id && states.at(now),
  );
  const { deleteVolumeWithSnapshots } = world.switches;
  if (snapshots.length > 0 && deleteVolumeWithSnapshots !== 'ok')
    throw refusal(
      deleteVolumeWithSnapshots,
      `Volume ${id} still has ${snapshots.length} dependent snapshots.`,
    );
  const goneAt = now + world.delays.deleteMs;
  volume.states
    .set(now, { ...state, status: 'deleting' })
    .set(goneAt, fails ? { ...state, status: 'error_deleting' } : undefined);
  if (!fails) project.usageIn(volume.region).removeAt(goneAt, { volumes: 1, gigabytes: state.sizeGiB });
}
