import { z } from 'zod';

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

export type Catalog = z.infer<typeof catalog>;
