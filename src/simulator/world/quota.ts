import { flavorsById } from '../catalogue/flavors.ts';
import type { Project } from './project.ts';

/** What a project may have in one region. RAM and volumes in GiB. */
export interface QuotaLimits {
  maxInstances: number;
  maxCores: number;
  maxRam: number;
  maxVolumeCount: number;
  maxGigabytes: number;
  maxKeypairs: number;
}

export const defaultQuota: QuotaLimits = {
  maxInstances: 20_000,
  maxCores: 80_000,
  maxRam: 320_000,
  maxVolumeCount: 40_000,
  maxGigabytes: 4_000_000,
  maxKeypairs: 1_000,
};

export interface Usage {
  instances: number;
  cores: number;
  ram: number;
  volumes: number;
  gigabytes: number;
}

/** What the project has in that region now; what is being deleted still counts. */
export function usageOf(project: Project, region: string, now: number): Usage {
  const usage: Usage = { instances: 0, cores: 0, ram: 0, volumes: 0, gigabytes: 0 };
  for (const instance of project.instances.values()) {
    if (instance.region !== region || !instance.states.at(now)) continue;
    const flavor = flavorsById.get(instance.flavorId);
    usage.instances += 1;
    usage.cores += flavor?.vcpus ?? 0;
    usage.ram += flavor?.ram ?? 0;
  }
  for (const volume of project.volumes.values()) {
    const state = volume.region === region && volume.states.at(now);
    if (!state) continue;
    usage.volumes += 1;
    usage.gigabytes += Math.max(state.sizeGiB, volume.states.final?.sizeGiB ?? 0);
  }
  return usage;
}

/** How many instances of that size the project may start now in the region. */
export function instancesLeft(
  limits: QuotaLimits,
  usage: Usage,
  size: { vcpus: number; ram: number },
): number {
  const left = Math.min(
    limits.maxInstances - usage.instances,
    Math.floor((limits.maxCores - usage.cores) / size.vcpus),
    Math.floor((limits.maxRam - usage.ram) / size.ram),
  );
  return Math.max(0, left);
}
