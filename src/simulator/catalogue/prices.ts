import { flavors } from './flavors.ts';

/** A plan of the price list: what it is for, and what it costs in 10⁻⁸ of the currency. */
export interface Plan {
  planCode: string;
  invoiceName: string;
  unit: 'hour' | 'month';
  price: number;
}

/** Round numbers in the order of OVH's own; by the hour, for a flavor: 1.5 cents a core and half a cent a GiB. */
const hourly = (vcpus: number, ram: number) => 1_500_000 * vcpus + 500_000 * ram;

/** By the hour and GiB. */
const volumeHour: Record<string, number> = {
  classic: 5_500,
  'classic-luks': 5_500,
  'classic-multiattach': 7_100,
  'high-speed': 11_000,
  'high-speed-luks': 11_000,
  'high-speed-gen2': 11_600,
  'high-speed-gen2-luks': 11_600,
};

function flavorPlans(): Plan[] {
  const byName = new Map(flavors.map((flavor) => [flavor.name, flavor]));
  return [...byName.values()].flatMap(({ name, vcpus, ram, planCodes }): Plan[] => {
    const price = hourly(vcpus, ram);
    const plan = { planCode: planCodes.hourly, invoiceName: name, unit: 'hour', price } as const;
    if (planCodes.monthly === null) return [plan];
    // A month costs as much as half of its hours.
    const month = {
      planCode: planCodes.monthly,
      invoiceName: name,
      unit: 'month',
      price: price * 365,
    } as const;
    return [plan, month];
  });
}

/** Regions of several zones have plans of their own, a quarter dearer. */
function volumePlans(): Plan[] {
  return Object.entries(volumeHour).flatMap(([type, price]): Plan[] =>
    [
      { suffix: '', factor: 1 },
      { suffix: '.3AZ', factor: 1.25 },
    ].map(({ suffix, factor }) => ({
      planCode: `volume.${type}.consumption${suffix}`,
      invoiceName: `Volume ${type}`,
      unit: 'hour',
      price: Math.round(price * factor),
    })),
  );
}

export const plans: readonly Plan[] = [
  ...flavorPlans(),
  ...volumePlans(),
  { planCode: 'volume.snapshot.consumption', invoiceName: 'Volume snapshot', unit: 'hour', price: 1_600 },
  { planCode: 'snapshot.consumption', invoiceName: 'Snapshot', unit: 'hour', price: 1_600 },
];
