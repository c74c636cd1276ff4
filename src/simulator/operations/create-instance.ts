import { flavorsById, type Flavor } from '../catalogue/flavors.ts';
import type { Image } from '../catalogue/images.ts';
import { regionsByName } from '../catalogue/regions.ts';
import { badRequest, notFound } from '../http/api-error.ts';
import { boolean, ip, list, long, object, optional, string, text, type Values } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import { instanceUsage } from '../world/quota.ts';
import type { InstanceRecord, VolumeRecord } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { addressesFor, type WantedNetwork } from './addresses.ts';
import { usableImage } from './images.ts';
import { addWorkflowBackup, checkSchedule, type WantedBackup } from './schedule-backup.ts';
import { quotaRefusal } from './quota-refusal.ts';

export const instanceCreation = {
  name: string,
  flavorId: string,
  region: string,
  imageId: optional(string),
  volumeId: optional(string),
  sshKeyId: optional(string),
  userData: optional(text),
  networks: optional(list(object('cloud.instance.NetworkParams', { networkId: string, ip: optional(ip) }))),
  groupId: optional(string),
  monthlyBilling: optional(boolean),
  availabilityZone: optional(string),
  autobackup: optional(object('cloud.instance.AutoBackup', { cron: string, rotation: long })),
};

/** What the several calls that create instances have in common. */
export type InstanceCreation = Omit<Values<typeof instanceCreation>, 'networks' | 'autobackup'> & {
  networks?: WantedNetwork[] | null | undefined;
  autobackup?: WantedBackup | null | undefined;
};

/** What OpenStack takes: 64 KiB once it is base64. */
const maxUserDataBytes = 49_149;

/** Begins an instance; throws the `ApiError` that OVH would answer. Names need not be unique. */
export function createInstance(
  world: World,
  project: ProjectRecord,
  wanted: InstanceCreation,
  { now, beginsAt = now, fails }: { now: number; beginsAt?: number; fails: boolean },
): InstanceRecord {
  const { name, region, userData = null } = wanted;
  // Clients in Go send empty strings for what nobody said.
  const sshKeyId = wanted.sshKeyId || null;
  if (name === '') throw badRequest('Invalid value(s) received: name');
  if (userData !== null && Buffer.byteLength(userData) > maxUserDataBytes) {
    throw badRequest('Invalid value(s) received: userData');
  }
  if (!project.hasRegion(region, now)) throw notFound('region', region);
  const flavor = flavorsById.get(wanted.flavorId);
  if (flavor?.region !== region) throw notFound('flavorId', wanted.flavorId);
  if (wanted.groupId && project.groups.get(wanted.groupId)?.region !== region)
    throw notFound('groupId', wanted.groupId);
  if (sshKeyId !== null && !project.sshKeys.get(sshKeyId)?.regions.includes(region)) {
    throw notFound('sshKeyId', sshKeyId);
  }
  if (wanted.monthlyBilling && flavor.planCodes.monthly === null) {
    throw badRequest('invalid: Monthly billing is not available for the chosen flavor');
  }
  const availabilityZone = zoneIn(region, wanted.availabilityZone || null);
  const source = bootSource(project, wanted, now, availabilityZone);
  if (source.image) checkFit(source.image, flavor);
  if (wanted.autobackup) checkSchedule(wanted.autobackup, now);
  const addresses = addressesFor(world, project, region, wanted.networks ?? [], now);
  if (world.outOfStock.has(flavor.id)) throw badRequest(`invalid: Flavor ${flavor.name} is out of stock`);
  const endsInError = fails || checkInstanceQuota(world, project, region, instanceUsage(flavor), now);

  const activeAt = beginsAt + world.drawBootMs();
  const instance: InstanceRecord = {
    id: world.random.uuid(),
    name,
    region,
    flavorId: flavor.id,
    imageId: source.image?.id ?? '',
    sshKeyId,
    availabilityZone,
    groupId: wanted.groupId ?? null,
    userData,
    createdAt: beginsAt,
    addressesAt: endsInError
      ? Infinity
      : activeAt + (world.switches.addresses === 'with-active' ? 0 : world.delays.bootMs / 2),
    addresses,
    monthly: wanted.monthlyBilling ?? false,
    rescuePassword: null,
    states: new Timeline<InstanceRecord['states']['final'] & string>(),
  };
  instance.states.set(beginsAt, 'BUILD').set(activeAt, endsInError ? 'ERROR' : 'ACTIVE');
  project.instances.set(instance.id, instance);
  world.guests?.follow(instance, project);
  project.usageIn(region).add(instanceUsage(flavor));
  if (wanted.autobackup) addWorkflowBackup(world, project, instance, wanted.autobackup, now);
  if (source.volume) occupy(source.volume, instance.id, now, activeAt, endsInError);
  return instance;
}

/** A region of one zone has no choice; in the others OpenStack takes the first when nobody chooses. */
function zoneIn(region: string, wanted: string | null): string | null {
  const zones = regionsByName.get(region)?.availabilityZones ?? [];
  if (wanted !== null && !zones.includes(wanted))
    throw badRequest('Invalid value(s) received: availabilityZone');
  return wanted ?? zones[0] ?? null;
}

/** Exactly one of an image and a bootable volume. */
function bootSource(
  project: ProjectRecord,
  { imageId, volumeId, region }: InstanceCreation,
  now: number,
  zone: string | null,
) {
  if (!imageId === !volumeId) throw badRequest('invalid: exactly one of imageId and volumeId is needed');
  if (imageId) {
    const image = usableImage(project, imageId, region, now);
    if (!image) throw notFound('imageId', imageId);
    return { image };
  }
  const volume = project.volumes.get(volumeId ?? '');
  if (volume?.region !== region || !volume.states.at(now)) throw notFound('volumeId', volumeId ?? '');
  if (!volume.bootable || volume.states.at(now)?.status !== 'available') {
    throw badRequest(`invalid: Volume ${volume.id} cannot be booted`);
  }
  if (volume.availabilityZone !== null && volume.availabilityZone !== zone)
    throw badRequest('invalid: Volume and instance are not in the same availability zone');
  return { volume };
}

export function checkFit(image: Image, flavor: Flavor): void {
  if (image.type !== flavor.osType || image.minDisk > flavor.disk || image.minRam > flavor.ram * 1024) {
    throw badRequest('invalid: Image cannot be used with the chosen flavor');
  }
}

/** Whether the request is taken only to end in ERROR, which is one of the things OVH may do beyond a quota. */
export function checkInstanceQuota(
  world: World,
  project: ProjectRecord,
  region: string,
  added: { instances?: number; cores?: number; ram?: number },
  now: number,
): boolean {
  const limits = project.quotaIn(region);
  const usage = project.usageIn(region).at(now);
  const rows: [resource: string, requested: number, used: number, limit: number][] = [
    ['instances', added.instances ?? 0, usage.instances, limits.maxInstances],
    ['cores', added.cores ?? 0, usage.cores, limits.maxCores],
    ['ram', added.ram ?? 0, usage.ram, limits.maxRam],
  ];
  const exceeded = rows.find(([, requested, used, limit]) => requested > 0 && used + requested > limit);
  if (!exceeded) return false;
  const [resource, requested, used, limit] = exceeded;
  if (world.switches.quotaAnswer === 'accept-then-error') return true;
  throw quotaRefusal(world.switches.quotaAnswer, 'Instance', { resource, requested, used, limit });
}

function occupy(
  volume: VolumeRecord,
  instanceId: string,
  now: number,
  activeAt: number,
  fails: boolean,
): void {
  const sizeGiB = volume.states.at(now)?.sizeGiB ?? 0;
  volume.states
    .set(now, { status: 'attaching', attachedTo: [], attachingTo: instanceId, sizeGiB })
    .set(
      activeAt,
      fails
        ? { status: 'available', attachedTo: [], sizeGiB }
        : { status: 'in-use', attachedTo: [instanceId], sizeGiB },
    );
}
