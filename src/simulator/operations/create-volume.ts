import { regionsByName } from '../catalogue/regions.ts';
import { badRequest, notFound } from '../http/api-error.ts';
import { long, oneOf, optional, string, type Values } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { VolumeRecord, VolumeState } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { usableImage } from './images.ts';
import { quotaRefusal } from './quota-refusal.ts';

export const volumeTypes = [
  'classic',
  'classic-luks',
  'classic-multiattach',
  'high-speed',
  'high-speed-gen2',
  'high-speed-gen2-luks',
  'high-speed-luks',
] as const;

export const volumeType = oneOf('cloud.volume.VolumeTypeEnum', volumeTypes);

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

/** When the order came, when the volume begins to exist, and whether it is to end in an error. */
interface Moment {
  now: number;
  beginsAt?: number;
  fails: boolean;
}

/** Begins a volume; throws the `ApiError` that OVH would answer. Names need not be unique. */
export function createVolume(
  world: World,
  project: ProjectRecord,
  wanted: VolumeCreation & { availabilityZone?: string | null | undefined },
  { now, beginsAt = now, fails }: Moment,
): VolumeRecord {
  const { region, size: sizeGiB, type } = wanted;
  if (sizeGiB < volumeSizes.min || sizeGiB > volumeSizes.max)
    throw badRequest('Invalid value(s) received: size');
  if (!project.hasRegion(region, now)) throw notFound('region', region);
  const availabilityZone = zoneFor(wanted);
  const { bootable, snapshotId } = contentOf(project, wanted, now);
  const endsInError =
    checkVolumeQuota(world, project, region, { count: 1, gigabytes: sizeGiB }, now) || fails;

  const volume: VolumeRecord = {
    id: world.random.uuid(),
    name: wanted.name ?? '',
    description: wanted.description ?? '',
    region,
    type,
    availabilityZone,
    bootable,
    snapshotId,
    createdAt: beginsAt,
    states: new Timeline<VolumeState>()
      .set(beginsAt, { status: 'creating', attachedTo: [], sizeGiB })
      .set(beginsAt + world.delays.volumeMs, {
        status: endsInError ? 'error' : 'available',
        attachedTo: [],
        sizeGiB,
      }),
  };
  project.volumes.set(volume.id, volume);
  project.usageIn(region).add({ volumes: 1, gigabytes: sizeGiB });
  return volume;
}

/** A region of several zones must be told which; shared volumes are only there. The plain call has no such parameter. */
function zoneFor({
  region: name,
  type,
  availabilityZone = null,
}: VolumeCreation & { availabilityZone?: string | null | undefined }): string | null {
  const zones = regionsByName.get(name)?.availabilityZones ?? [];
  if (type === 'classic-multiattach' && zones.length === 0)
    throw badRequest('Invalid value(s) received: type');
  if (zones.length === 0) {
    if (availabilityZone === null) return null;
    throw badRequest('Invalid value(s) received: availabilityZone');
  }
  if (availabilityZone === null || !zones.includes(availabilityZone))
    throw badRequest(`Invalid value(s) received: availabilityZone:${availabilityZone ?? '<nil>'}`);
  return availabilityZone;
}

/** What is on the new volume: nothing, an image, or what a snapshot holds. */
function contentOf(
  project: ProjectRecord,
  { region, size, imageId, snapshotId }: VolumeCreation,
  now: number,
): { bootable: boolean; snapshotId: string | null } {
  if (imageId && snapshotId) throw badRequest('invalid: only one of imageId and snapshotId can be given');
  if (imageId) {
    const image = usableImage(project, imageId, region, now);
    if (!image) throw notFound('imageId', imageId);
    if (image.minDisk > size) throw badRequest('invalid: Image does not fit on the volume');
    return { bootable: true, snapshotId: null };
  }
  if (!snapshotId) return { bootable: false, snapshotId: null };
  const snapshot = project.volumeSnapshots.get(snapshotId);
  if (snapshot?.region !== region || !snapshot.states.at(now)) throw notFound('snapshotId', snapshotId);
  if (snapshot.states.at(now) !== 'available')
    throw badRequest(`invalid: Snapshot ${snapshotId} is not available`);
  if (snapshot.sizeGiB > size) throw badRequest('invalid: Volume is smaller than the snapshot');
  return { bootable: snapshot.bootable, snapshotId };
}

/** Whether the request is taken only to end in an error, which is one of the things OVH may do beyond a quota. */
export function checkVolumeQuota(
  world: World,
  project: ProjectRecord,
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
