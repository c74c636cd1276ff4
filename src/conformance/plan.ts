import type { Prices } from '../ovh/index.ts';
import { excessOf } from './excess.ts';
import { LEAST_GIB, type Site } from './lab.ts';
import type { Probe } from './probe.ts';

/** What a run will make at most, and what OVH will bill for it. */
export interface RunPlan {
  region: string;
  /** In words, such as `1 instance b3-8 with Debian 12`. */
  makes: string[];
  /** Of one hour, which is the least that OVH bills; null where the price list lacks one of them. */
  cost: { amount: number; currency: string } | null;
}

/** Adds up what the probes make. */
export function planOf(site: Site, chosen: readonly Probe[], prices: Prices | undefined): RunPlan {
  const { region, flavor, image, volumeType } = site;
  const things = chosen.flatMap(({ makes }) => makes);
  const count = (thing: string) => things.filter((each) => each === thing).length;
  const instances = Math.min(1, count('instance')) + count('own instance');
  const volumes = Math.min(1, count('volume')) + count('own volume');
  const snapshots = count('volume snapshot');
  const keys = count('ssh key');
  const excess = count('excess') > 0 ? excessOf(site) : undefined;

  const gibHour = prices?.volumeHour(volumeType) ?? NaN;
  const hour = (planCode: string | null) => prices?.hour(planCode) ?? NaN;
  const rows: [many: number, noun: string, rest: string, price: number][] = [
    [instances, 'instance', ` ${flavor.name} with ${image.name}`, hour(flavor.planCodes.hourly)],
    [volumes, 'volume', ` of ${LEAST_GIB} GiB`, gibHour * LEAST_GIB],
    [snapshots, 'volume snapshot', '', (prices?.volumeSnapshotHour() ?? NaN) * LEAST_GIB],
    [keys, 'SSH key', '', 0],
  ];
  if (excess && 'sizeGiB' in excess) {
    const rest = ` of ${excess.sizeGiB} GiB, beyond the quota`;
    rows.push([count('excess'), 'volume', rest, gibHour * excess.sizeGiB]);
  }
  if (excess && 'flavor' in excess) {
    const { name, planCodes } = excess.flavor;
    rows.push([1, 'instance', ` ${name}, beyond the quota`, hour(planCodes.hourly)]);
  }
  const made = rows.filter(([many]) => many > 0);
  const amount = made.reduce((sum, [many, , , price]) => sum + many * price, 0);
  const isKnown = prices !== undefined && !Number.isNaN(amount);
  return {
    region,
    makes: made.map(([many, noun, rest]) => `${many} ${noun}${many > 1 ? 's' : ''}${rest}`),
    cost: isKnown ? { amount, currency: prices.currency } : null,
  };
}
