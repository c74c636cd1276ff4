import { flavors } from './flavors.ts';
import { planSuffix } from './regions.ts';

/** A plan of the price list: what it is for, and what it costs in 10⁻⁸ of the currency. */
export interface Plan {
  planCode: string;
  invoiceName: string;
  unit: 'hour' | 'month';
  price: number;
}

/** By the hour and GiB: round numbers in the order of OVH's own. */
const volumeHour: Record<string, number> = {
  classic: 5_500,
  'classic-luks': 5_500,
  'classic-multiattach': 7_100,
  'high-speed': 11_000,
  'high-speed-luks': 11_000,
  'high-speed-gen2': 11_600,
  'high-speed-gen2-luks': 11_600,
};

/** Local zones and regions of several zones have plans of their own, and dearer ones. */
const factors = { '': 1, '.3AZ': 1.25, '.LZ': 1.2 } as const;

function flavorPlans(): Plan[] {
  return flavors.flatMap(({ name, region, vcpus, ram, planCodes }): Plan[] => {
    const { hourly, monthly, license } = planCodes;
    // A cent and a half for a core, half a cent for a GiB.
    const basic = 1_500_000 * vcpus + 500_000 * ram;
    const price = Math.round(basic * factors[planSuffix(region)]);
    const plan = (planCode: string | null, unit: Plan['unit'], price: number): Plan[] =>
      planCode === null ? [] : [{ planCode, invoiceName: name, unit, price }];
    return [
      ...plan(hourly, 'hour', price),
      // A month costs as much as half of its hours.
      ...plan(monthly, 'month', basic * 365),
      ...plan(license, 'hour', 1_900_000 * vcpus),
    ];
  });
}

function volumePlans(): Plan[] {
  return Object.entries(volumeHour).flatMap(([type, price]): Plan[] =>
    Object.entries(factors).map(([suffix, factor]) => ({
      planCode: `volume.${type}.consumption${suffix}`,
      invoiceName: `Volume ${type}`,
      unit: 'hour',
      price: Math.round(price * factor),
    })),
  );
}

const all: Plan[] = [
  ...flavorPlans(),
  ...volumePlans(),
  { planCode: 'volume.snapshot.consumption', invoiceName: 'Volume snapshot', unit: 'hour', price: 1_600 },
  { planCode: 'snapshot.consumption', invoiceName: 'Snapshot', unit: 'hour', price: 1_600 },
];

/** Regions of one kind share their plans. */
export const plans: readonly Plan[] = [...new Map(all.map((plan) => [plan.planCode, plan])).values()];
