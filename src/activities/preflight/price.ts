import type { Price } from '../../contract/index.ts';
import type { ServedProject } from '../project.ts';

/** OVH's month of hourly billing. */
const HOURS = 730;

/** What the price of a node depends on. */
export interface Priced {
  region: string;
  /** Null: no instance, volumes alone. */
  flavorId: string | null;
  /** The instance is billed by the month. */
  monthly: boolean;
  /** GiB, and the type as OVH spells it. */
  volumes: { size: number; type: string }[];
}

/** By OVH's public catalogue; null where that does not answer, or does not know one of the parts. */
export async function priceOf(project: ServedProject, priced: Priced): Promise<Price | null> {
  const [prices, flavors, region] = await Promise.all([
    project.catalogue.prices(),
    project.catalogue.flavors(priced.region),
    project.catalogue.region(priced.region),
  ]);
  const planCodes = flavors.find(({ id }) => id === priced.flavorId)?.planCodes;
  const volumes = priced.volumes.map(({ size, type }) => times(prices?.volumeHour(type, region), size));
  const instance = priced.flavorId === null ? [] : [planCodes && prices?.hour(planCodes.hourly)];
  const hour = sum([...instance, ...volumes]);
  const instanceMonth = priced.monthly
    ? [planCodes && prices?.month(planCodes.monthly)]
    : instance.map((amount) => times(amount, HOURS));
  const month = sum([...instanceMonth, ...volumes.map((volume) => times(volume, HOURS))]);
  if (!prices || hour === null || month === null) return null;
  return { currency: prices.currency, hour: rounded(hour, 6), month: rounded(month, 2) };
}

type Amount = number | null | undefined;

function times(amount: Amount, factor: number): Amount {
  return amount == null ? amount : amount * factor;
}

function sum(amounts: Amount[]): number | null {
  return amounts.reduce<number | null>(
    (total, amount) => (total === null || amount == null ? null : total + amount),
    0,
  );
}

function rounded(amount: number, digits: number): number {
  return Number(amount.toFixed(digits));
}
