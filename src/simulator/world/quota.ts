import type { Flavor } from '../catalogue/flavors.ts';
import type { Usage } from './ledger.ts';

/** What a project may have in one region. RAM and volumes in GiB. */
export interface QuotaLimits {
  maxInstances: number;
  maxCores: number;
  maxRam: number;
  maxVolumeCount: number;
  maxGigabytes: number;
  maxKeypairs: number;
  maxNetworks: number;
  maxSubnets: number;
  maxGateways: number;
  maxFloatingIps: number;
}

export const defaultQuota: QuotaLimits = {
  maxInstances: 20_000,
  maxCores: 80_000,
  maxRam: 320_000,
  maxVolumeCount: 40_000,
  maxGigabytes: 4_000_000,
  maxKeypairs: 1_000,
  maxNetworks: 1_000,
  maxSubnets: 1_000,
  maxGateways: 1_000,
  maxFloatingIps: 10_000,
};

/** What one instance of that flavor uses. */
export function instanceUsage({ vcpus, ram }: Flavor): Partial<Usage> {
  return { instances: 1, cores: vcpus, ram };
}

/** How many instances of that flavor a project may start now. */
export function instancesLeft(limits: QuotaLimits, used: Usage, { vcpus, ram }: Flavor): number {
  const left = Math.min(
    limits.maxInstances - used.instances,
    Math.floor((limits.maxCores - used.cores) / vcpus),
    Math.floor((limits.maxRam - used.ram) / ram),
  );
  return Math.max(0, left);
}
