import type { Flavor, Quota } from '../../ovh/index.ts';
import type { ServedProject } from '../project.ts';

/** What the project's quota does not allow, one sentence each. OVH may still refuse: its own numbers lag. */
export async function quotaProblems(
  project: ServedProject,
  region: string,
  {
    flavor,
    volumes,
    floatingIps,
  }: { flavor: Flavor | undefined; volumes: { size: number }[]; floatingIps: number },
): Promise<string[]> {
  const quota = (await project.catalogue.quotas()).find((candidate) => candidate.region === region);
  if (!quota) return [];
  const gigabytes = volumes.reduce((sum, { size }) => sum + size, 0);
  return [
    ...(flavor ? instanceProblems(quota, flavor) : []),
    ...exceeds('volumes', volumes.length, quota.volume?.volumeCount, quota.volume?.maxVolumeCount, region),
    ...exceeds('GiB of volumes', gigabytes, quota.volume?.usedGigabytes, quota.volume?.maxGigabytes, region),
    ...exceeds(
      'floating IPs',
      floatingIps,
      quota.network?.usedFloatingIPs,
      quota.network?.maxFloatingIPs,
      region,
    ),
  ];
}

/** RAM is left to the flavor's own `quota`: nobody knows in which unit OVH counts it here. */
function instanceProblems({ instance, region }: Quota, { vcpus }: Flavor): string[] {
  return [
    ...exceeds('instances', 1, instance?.usedInstances, instance?.maxInstances, region),
    ...exceeds('cores', vcpus, instance?.usedCores, instance?.maxCores, region),
  ];
}

/** −1 is OVH's word for no limit. */
function exceeds(
  what: string,
  wanted: number,
  used: number | null = 0,
  max: number | null = -1,
  region: string,
): string[] {
  if (wanted === 0 || max === null || max < 0 || (used ?? 0) + wanted <= max) return [];
  return [
    `the quota of the project in ${region} allows ${max} ${what}, ${used ?? 0} are in use, and this needs ${wanted} more`,
  ];
}
