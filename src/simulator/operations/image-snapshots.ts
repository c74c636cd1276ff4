import type { Image } from '../catalogue/images.ts';
import { badRequest, conflict, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { ImageSnapshotRecord } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { findFlavor } from './flavors.ts';
import { findImage } from './images.ts';
import { findInstance } from './instances.ts';

export const imageSnapshotOperations = [
  inProject({
    method: 'GET',
    path: '/snapshot',
    iam: 'snapshot/get',
    query: { flavorType: optional(string), region: optional(string) },
    handle: ({ world, project, now, query: { region, flavorType } }) =>
      [...project.imageSnapshots.values()]
        .flatMap((snapshot) => snapshotView(snapshot, now - world.delays.listLagMs) ?? [])
        .filter((image) => !region || image.region === region)
        .filter((image) => !flavorType || image.flavorType === null || image.flavorType === flavorType),
  }),

  inProject({
    method: 'GET',
    path: '/snapshot/{imageId}',
    iam: 'snapshot/get',
    handle: ({ project, now, params: { imageId } }) => findSnapshot(project, imageId, now),
  }),

  inProject({
    method: 'DELETE',
    path: '/snapshot/{imageId}',
    iam: 'snapshot/delete',
    handle({ world, project, now, params: { imageId } }) {
      const image = findSnapshot(project, imageId, now);
      project.imageSnapshots.get(imageId)?.states.set(now + world.delays.deleteMs, undefined);
      return image;
    },
  }),
];

function findSnapshot(project: ProjectRecord, id: string, now: number): Image {
  const snapshot = project.imageSnapshots.get(id);
  const image = snapshot && snapshotView(snapshot, now);
  if (!image) throw notFound('imageId', id);
  return image;
}

export function snapshotView({ image, states }: ImageSnapshotRecord, time: number): Image | undefined {
  const status = states.at(time);
  return status && { ...image, status };
}

/** Takes an image of an instance that runs or is shut off; the instance goes on meanwhile. */
export function snapshotInstance(
  world: World,
  project: ProjectRecord,
  instanceId: string,
  name: string,
  now: number,
): ImageSnapshotRecord {
  if (name === '') throw badRequest('Invalid value(s) received: snapshotName');
  const { instance, status } = findInstance(project, instanceId, now);
  if (!['ACTIVE', 'SHUTOFF', 'SHELVED_OFFLOADED'].includes(status))
    throw badRequest(`Instance ${instanceId} is ${status}, which does not allow it`);
  const flavor = findFlavor(instance.flavorId);
  const source = findImage(project, instance.imageId, now);
  const snapshot: ImageSnapshotRecord = {
    image: {
      id: world.random.uuid(),
      name,
      region: instance.region,
      status: 'queued',
      type: flavor.osType,
      user: source?.user ?? '',
      visibility: 'private',
      size: source?.size ?? 2,
      minDisk: flavor.disk,
      minRam: 0,
      creationDate: world.date(now),
      flavorType: null,
      planCode: 'snapshot.consumption',
      tags: [],
    },
    instanceId,
    createdAt: now,
    states: new Timeline<NonNullable<ReturnType<ImageSnapshotRecord['states']['at']>>>()
      .set(now, 'queued')
      .set(now + world.delays.volumeMs / 2, 'saving')
      .set(now + world.delays.volumeMs, 'active'),
  };
  project.imageSnapshots.set(snapshot.image.id, snapshot);
  world.guests?.takeImage(instance.id, snapshot.image.id);
  return snapshot;
}

/** Ends the images of an instance that are still being taken, as if nobody had asked for them. */
export function abortSnapshots({ imageSnapshots }: ProjectRecord, instanceId: string, now: number): void {
  const pending = [...imageSnapshots.values()].filter((each) => {
    const status = each.states.at(now);
    return each.instanceId === instanceId && (status === 'queued' || status === 'saving');
  });
  if (pending.length === 0) throw conflict(`Instance ${instanceId} has no snapshot in progress`);
  for (const { states } of pending) states.set(now, undefined);
}
