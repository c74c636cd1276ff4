import { planSuffix } from '../catalogue/regions.ts';
import type { VolumeRecord, VolumeState } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** A volume, in lists and alone. */
export function volumeView(volume: VolumeRecord, { status, attachedTo, sizeGiB }: VolumeState, world: World) {
  return {
    id: volume.id,
    name: volume.name,
    description: volume.description,
    size: sizeGiB,
    status,
    type: volume.type,
    region: volume.region,
    attachedTo,
    bootable: volume.bootable,
    creationDate: world.date(volume.createdAt),
    planCode: volumePlanCode(volume),
    availabilityZone: volume.availabilityZone,
  };
}

/** Regions of several zones have plans of their own. */
function volumePlanCode({ type, region }: VolumeRecord): string {
  return `volume.${type}.consumption${planSuffix(region)}`;
}
