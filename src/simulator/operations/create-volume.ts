import { imagesById } from '../catalogue/images.ts';
import { regionsByName } from '../catalogue/regions.ts';
import { badRequest, notFound } from '../http/api-error.ts';
import { long, oneOf, optional, string, type Values } from '../http/parameters.ts';
import type { Project } from '../world/project.ts';
import type { VolumeRecord, VolumeState } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { quotaRefusal } from './quota-refusal.ts';

const volumeType = oneOf('cloud.volume.VolumeTypeEnum', [
  'classic',
  'classic-luks',
  'classic-multiattach',
  'high-speed',
  'high-speed-gen2',
  'high-speed-gen2-luks',
  'high-speed-luks',
]);

export const volumeCreation = {
  region: string,
  size: long,
  type: volumeType,
  name: optional(string),
  description: optional(string),
  imageId: optional(string),
  snapshotId: optional(string),
};

export type VolumeCreation = Values<typeof volumeCreation>;

/** GiB. */
export const volumeSizes = { min: 10, max: 4000 };

/** Begins a volume; throws the `ApiError` that OVH would answer. Names need not be unique. */
export function createVolume(
  world: World,
  project: Project,
  wanted: VolumeCreation,
  { now, fails }: { now: number; fails: boolean },
): VolumeRecord {
  const { region: regionName, size: sizeGiB, type } = wanted;
  const region = regionsByName.get(regionName);
  if (!region) throw notFound('region', regionName);
  if (wanted.snapshotId) throw notFound('snapshotId', wanted.snapshotId);
  if (wanted.imageId && imagesById.get(wanted.imageId)?.region !== regionName)
    throw notFound('imageId', wanted.imageId);
  if (sizeGiB < volumeSizes.min || sizeGiB > volumeSizes.max)
    throw badRequest('Invalid value(s) received: size');
  // This call has no zone to choose; where there are several, the regional one must be used.
  if (region.type === 'region-3-az') throw badRequest('Invalid value(s) received: availabilityZone:<nil>');
  if (type === 'classic-multiattach') throw badRequest('Invalid value(s) received: type');
  const endsInError =
    checkVolumeQuota(world, project, regionName, { count: 1, gigabytes: sizeGiB }, now) || fails;

  const volume: VolumeRecord = {
    id: world.random.uuid(),
    name: wanted.name ?? '',
    description: wanted.description ?? '',
    region: regionName,
    type,
    bootable: Boolean(wanted.imageId),
    createdAt: now,
    states: new Timeline<VolumeState>()
      .set(now, { status: 'creating', attachedTo: null, sizeGiB })
      .set(now + world.delays.volumeMs, {
        status: endsInError ? 'error' : 'available',
        attachedTo: null,
        sizeGiB,
      }),
  };
  project.volumes.set(volume.id, volume);
  project.usageIn(regionName).add({ volumes: 1, gigabytes: sizeGiB });
  return volume;
}

/** Whether the request is taken only to end in an error, which is one of the things OVH may do beyond a quota. */
export function checkVolumeQuota(
  world: World,
  project: Project,
  region: string,
  added: { count: number; gigabytes: number },
  now: number,
): boolean {
  const limits = project.quotaIn(region);
  const usage = project.usageIn(region).at(now);
  const rows: [resource: string, requested: number, used: number, limit: number][] = [
    ['volumes', added.count, usage.volumes, limits.maxVolumeCount],
    ['gigabytes', added.gigabytes, usage.gigabytes, limits.maxGigabytes],
  ];
  const exceeded = rows.find(([, requested, used, limit]) => used + requested > limit);
  if (!exceeded) return false;
  const [resource, requested, used, limit] = exceeded;
  if (world.switches.quotaAnswer === 'accept-then-error') return true;
  throw quotaRefusal(world.switches.quotaAnswer, 'Volume', { resource, requested, used, limit });
}
