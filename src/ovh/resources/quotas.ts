import { z } from 'zod';
import type { CallOptions, Http } from '../http.ts';
import { orNull } from './schema.ts';

/** Limits of one region and what is used of them, in OVH's spelling. −1 is unlimited; null: OVH did not say. */
export const quota = z.object({
  region: z.string(),
  instance: orNull(
    z.object({
      maxInstances: z.number(),
      usedInstances: z.number(),
      maxCores: z.number(),
      usedCores: z.number(),
      /** MiB, as OpenStack counts, or GiB: OVH does not say. */
      maxRam: z.number(),
      usedRAM: z.number(),
    }),
  ),
  volume: orNull(
    z.object({
      maxGigabytes: z.number(),
      usedGigabytes: z.number(),
      maxVolumeCount: z.number(),
      volumeCount: z.number(),
    }),
  ),
  network: orNull(z.object({ maxFloatingIPs: orNull(z.number()), usedFloatingIPs: orNull(z.number()) })),
  keypair: orNull(z.object({ maxCount: z.number() })),
});

export type Quota = z.infer<typeof quota>;

export interface Quotas {
  /** One per region. */
  list(options?: CallOptions): Promise<Quota[]>;
}

export function quotas(http: Http, root: string): Quotas {
  return {
    list: (options) => http.list(`${root}/quota`, quota, options),
  };
}
