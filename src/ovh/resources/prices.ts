import { z } from 'zod';
import type { CallOptions } from '../http.ts';

const pricing = z.object({
  /** In 10⁻⁸ of the currency. */
  price: z.number(),
  intervalUnit: z.string(),
  capacities: z.array(z.string()),
  commitment: z.number(),
});

/** OVH's public price list, as far as prices of a project need it. Source: `GET /order/catalog/public/cloud`. */
export const catalog = z.object({
  locale: z.object({ currencyCode: z.string(), subsidiary: z.string() }),
  addons: z.array(z.object({ planCode: z.string(), pricings: z.array(pricing) })),
});

type Catalog = z.infer<typeof catalog>;

/** What OVH charges, taxes apart; null for what the price list does not have. */
export interface Prices {
  /** `EUR`. */
  readonly currency: string;
  /** One hour of a plan, such as a flavor's `planCodes.hourly`. */
  hour(planCode: string | null): number | null;
  /** One month of a plan, such as a flavor's `planCodes.monthly`. */
  month(planCode: string | null): number | null;
  /** One hour of one GiB of a volume of that type. Some regions have a plan of their own. */
  volumeHour(type: string, region?: { type: string }): number | null;
  /** One hour of one GiB of a volume snapshot. */
  volumeSnapshotHour(): number | null;
}

/** `GET /order/catalog/public/cloud`; needs no credentials. A subsidiary is `FR`, `CA`, `US`, … */
export type GetPrices = (subsidiary: string, options?: CallOptions) => Promise<Prices>;

const UNIT = 1e-8;
const SUFFIXES: Record<string, string> = { 'region-3-az': '.3AZ', localzone: '.LZ' };

export function pricesOf({ locale, addons }: Catalog): Prices {
  const plans = new Map(addons.map(({ planCode, pricings }) => [planCode, pricings]));
  const price = (planCode: string | null, unit: string): number | null => {
    const pricings = plans.get(planCode ?? '') ?? [];
    // Some plans are only "per unit of consumption", which is an hour.
    const uncommitted = pricings.filter(({ commitment }) => commitment === 0);
    const one = uncommitted.find(({ intervalUnit }) => intervalUnit === unit) ?? uncommitted[0];
    return one ? one.price * UNIT : null;
  };
  return {
    currency: locale.currencyCode,
    hour: (planCode) => price(planCode, 'hour'),
    month: (planCode) => price(planCode, 'month'),
    volumeHour(type, region) {
      const plan = `volume.${type}.consumption`;
      const own = price(`${plan}${SUFFIXES[region?.type ?? ''] ?? ''}`, 'hour');
      return own ?? price(plan, 'hour');
    },
    volumeSnapshotHour: () => price('volume.snapshot.consumption', 'hour'),
  };
}
