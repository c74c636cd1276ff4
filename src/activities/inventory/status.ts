import type { InstanceStatus, VolumeStatus } from '../../contract/index.ts';
import type { Instance, Volume } from '../../ovh/index.ts';
import { onDestroyIn, readVolume } from '../../identity/mark.ts';
import { findImage, imagesFor } from '../preflight/pick-image.ts';
import type { ServedProject } from '../project.ts';

/** An instance as workflows know it: names where OVH gave only ids, in whichever form it answered. */
export async function instanceStatus(project: ServedProject, instance: Instance): Promise<InstanceStatus> {
  const { id, name, status, availabilityZone, created, region, flavorId, imageId } = instance;
  const flavor = instance.flavorName ?? (await flavorName(project, region, flavorId));
  const image = imageId === null ? undefined : await imageOf(project, instance, imageId);
  return {
    id,
    name,
    status,
    flavor: flavor ?? flavorId ?? 'unknown',
    flavorId,
    image: image ? { id: image.id, name: image.name } : null,
    imageUser: image?.user ?? null,
    availabilityZone,
    monthly: instance.monthlyBilling !== null,
    created,
    ipAddresses: instance.ipAddresses.map(({ ip, version, type, networkId }) => ({
      ip,
      version,
      type,
      networkId,
    })),
  };
}

async function flavorName(
  project: ServedProject,
  region: string,
  id: string | null,
): Promise<string | undefined> {
  if (id === null) return undefined;
  return (await project.catalogue.flavors(region)).find((flavor) => flavor.id === id)?.name;
}

async function imageOf(project: ServedProject, instance: Instance, id: string) {
  if (instance.imageName !== null) return { id, name: instance.imageName, user: instance.imageUser };
  return findImage(await imagesFor(project.catalogue, instance.region, id), id);
}

/** A volume as workflows know it, or undefined where it carries nobody's mark or another owner's. */
export function volumeStatus(
  project: ServedProject,
  volume: Volume,
): (VolumeStatus & { node: string }) | undefined {
  const read = readVolume(volume, project.identity(volume.region));
  if (!read) return undefined;
  const { node, volume: name, onDestroy } = read;
  return { ...asSeen(volume), node, volume: name, onDestroy, own: true };
}

/** A volume that a run knows to be its node's, by its name in the spec, also where somebody has renamed it. */
export function knownVolumeStatus(volume: Volume, known: Pick<VolumeStatus, 'volume' | 'own'>): VolumeStatus {
  if (!known.own) return foreignVolumeStatus(volume, known.volume);
  const { description } = volume;
  return { ...asSeen(volume), volume: known.volume, onDestroy: onDestroyIn(description), own: true };
}

/** A volume that a spec names by id: whatever OVH says of it, and never ours to delete. */
export function foreignVolumeStatus(volume: Volume, name: string): VolumeStatus {
  return { ...asSeen(volume), volume: name, onDestroy: 'keep', own: false };
}

function asSeen({ id, name, status, size, type, attachedTo, availabilityZone, creationDate }: Volume) {
  return { id, name, status, size, type, attachedTo, availabilityZone, created: creationDate };
}
