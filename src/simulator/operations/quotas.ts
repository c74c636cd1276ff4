import { inProject } from '../http/operation.ts';
import { list, oneOf, optional } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { World } from '../world/world.ts';
import { findRegion } from './regions.ts';

const category = oneOf('cloud.quota.CategoryEnum', [
  'instance',
  'keymanager',
  'keypair',
  'loadbalancer',
  'network',
  'share',
  'volume',
]);

export const quotaOperations = [
  inProject({
    method: 'GET',
    path: '/quota',
    iam: 'quota/get',
    query: { categories: optional(list(category)) },
    handle: ({ world, project, now, query: { categories } }) =>
      project.regionsAt(now).map(({ name }) => {
        const quotas = quotasIn(world, project, name, now);
        const hidden = Object.keys(quotas).filter(
          (each) => categories && !categories.some((wanted) => wanted === each),
        );
        return { ...quotas, ...Object.fromEntries(hidden.map((each) => [each, null])), region: name };
      }),
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/quota',
    iam: 'region/quota/get',
    handle({ world, project, now, params: { regionName } }) {
      const { name } = findRegion(project, regionName, now);
      return { ...quotasIn(world, project, name, now), region: name };
    },
  }),
];

/** What the project may have in a region and has now; `used…` beside `max…`, RAM spelt as OVH does. */
function quotasIn(world: World, project: ProjectRecord, region: string, now: number) {
  const ramUnits = world.switches.quotaRam === 'MiB' ? 1024 : 1;
  const limits = project.quotaIn(region);
  const usage = project.usageIn(region).at(now);
  return {
    instance: {
      maxInstances: limits.maxInstances,
      usedInstances: usage.instances,
      maxCores: limits.maxCores,
      usedCores: usage.cores,
      maxRam: limits.maxRam * ramUnits,
      usedRAM: usage.ram * ramUnits,
    },
    volume: {
      maxGigabytes: limits.maxGigabytes,
      usedGigabytes: usage.gigabytes,
      maxVolumeCount: limits.maxVolumeCount,
      volumeCount: usage.volumes,
      maxBackupGigabytes: 0,
      usedBackupGigabytes: 0,
      maxVolumeBackupCount: 0,
      volumeBackupCount: 0,
    },
    keypair: { maxCount: limits.maxKeypairs },
    keymanager: null,
    loadbalancer: null,
    network: networkQuota(project, region, now),
    share: null,
  };
}

function networkQuota(project: ProjectRecord, region: string, now: number) {
  const limits = project.quotaIn(region);
  const here = project.networks.filter(({ regions }) => regions.has(region));
  const subnets = here.flatMap((network) => network.subnets).filter((each) => each.region === region);
  const inRegion = (things: Map<string, { region: string; states: { at(time: number): unknown } }>) =>
    [...things.values()].filter((each) => each.region === region && each.states.at(now)).length;
  return {
    maxNetworks: limits.maxNetworks,
    usedNetworks: here.length,
    maxSubnets: limits.maxSubnets,
    usedSubnets: subnets.length,
    maxGateways: limits.maxGateways,
    usedGateways: inRegion(project.gateways),
    maxFloatingIPs: limits.maxFloatingIps,
    usedFloatingIPs: inRegion(project.floatingIps),
  };
}
