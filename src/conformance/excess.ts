import type { Flavor } from '../ovh/index.ts';
import { LEAST_GIB, type Site } from './lab.ts';

/** The largest volume that every region makes, GiB. */
const MOST_GIB = 4000;

/** The cheapest thing that one call can ask for and the quota does not allow: a volume, else an instance. */
export function excessOf({
  quota,
  flavors,
  image,
}: Pick<Site, 'quota' | 'flavors' | 'image'>): { sizeGiB: number } | { flavor: Flavor } | undefined {
  const { maxGigabytes = -1, usedGigabytes = 0, maxVolumeCount = -1, volumeCount = 0 } = quota?.volume ?? {};
  if (maxVolumeCount >= 0 && volumeCount >= maxVolumeCount) return { sizeGiB: LEAST_GIB };
  const sizeGiB = Math.max(LEAST_GIB, maxGigabytes - usedGigabytes + 1);
  if (maxGigabytes >= 0 && sizeGiB <= MOST_GIB) return { sizeGiB };
  const flavor = flavors
    .filter(({ available, quota: left, osType, disk }) => {
      return available && left === 0 && osType === image.type && disk >= image.minDisk;
    })
    .sort((a, b) => a.vcpus - b.vcpus)[0];
  return flavor && { flavor };
}
