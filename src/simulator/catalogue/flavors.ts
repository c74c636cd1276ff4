import type { Switches } from '../switches.ts';
import { planSuffix, regions } from './regions.ts';
import { stableId } from './stable-id.ts';

/** A flavor without the two fields that depend on the project: `available` and `quota`. */
export interface Flavor {
  id: string;
  name: string;
  region: string;
  vcpus: number;
  /** GiB. */
  ram: number;
  /** GB. */
  disk: number;
  type: string;
  osType: 'linux' | 'windows';
  inboundBandwidth: number;
  outboundBandwidth: number;
  capabilities: { name: 'failoverip' | 'resize' | 'snapshot' | 'volume'; enabled: boolean }[];
  planCodes: { hourly: string; monthly: string | null; license: string | null };
}

/** Name, vCPUs, RAM in GiB, disk in GB, bandwidth in Mbit/s. */
const sizes = [
  ['b2-7', 2, 7, 50, 250],
  ['b3-8', 2, 8, 50, 500],
  ['b3-16', 4, 16, 100, 1000],
  ['b3-32', 8, 32, 200, 2000],
  ['c3-8', 4, 8, 100, 1000],
  ['c3-16', 8, 16, 200, 2000],
  ['r3-16', 2, 16, 50, 500],
  ['d2-2', 1, 2, 25, 100],
  ['d2-4', 2, 4, 50, 250],
  ['d2-8', 4, 8, 50, 500],
] as const;

/** Not every region has everything. */
const missing: Record<string, readonly string[]> = {
  SBG5: ['b3-16', 'c3-8', 'c3-16'],
  'EU-WEST-LZ-BRU-A': ['b2-7', 'b3-32', 'c3-16', 'r3-16', 'd2-2', 'd2-4', 'd2-8'],
};

function flavor(region: string, size: (typeof sizes)[number], osType: Flavor['osType']): Flavor {
  const [name, vcpus, ram, disk, bandwidth] = size;
  return {
    id: stableId('flavor', region, name, osType),
    name,
    region,
    vcpus,
    ram,
    disk,
    type: name.startsWith('d') ? 'ovh.vps-ssd' : 'ovh.ssd.eg',
    osType,
    inboundBandwidth: bandwidth,
    outboundBandwidth: bandwidth,
    capabilities: (['resize', 'snapshot', 'volume', 'failoverip'] as const).map((capability) => ({
      name: capability,
      enabled: true,
    })),
    planCodes: {
      hourly: `${name}.consumption${planSuffix(region)}`,
      // Monthly billing ended with the second generation.
      monthly: name.startsWith('b2') ? `${name}.monthly.postpaid` : null,
      license: osType === 'windows' ? `license-win-${name}.consumption` : null,
    },
  };
}

/**
 * Every size is there twice, for Linux and for Windows. Linux comes first: clients take the first flavor of a name, and
 * where the switch `flavorNames` is `shared` a name alone does not identify one.
 */
export const flavors: readonly Flavor[] = regions.flatMap(({ name: region }) =>
  (['linux', 'windows'] as const).flatMap((osType) =>
    sizes.filter(([name]) => !missing[region]?.includes(name)).map((size) => flavor(region, size, osType)),
  ),
);

/** What a project sees it called. */
export function flavorName({ name, osType }: Flavor, { flavorNames }: Pick<Switches, 'flavorNames'>): string {
  return osType === 'windows' && flavorNames === 'win-prefix' ? `win-${name}` : name;
}

export const flavorsById = new Map(flavors.map((each) => [each.id, each]));
