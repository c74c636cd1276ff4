import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, listOrEmpty } from './schema.ts';

export const region = z.object({
  name: z.string(),
  /** `region`, `localzone`, `region-3-az`. */
  type: z.string(),
  /** `UP`, `DOWN`, `MAINTENANCE`. */
  status: z.string(),
  continentCode: z.string(),
  datacenterLocation: z.string(),
  /** Several in a `region-3-az`. */
  availabilityZones: listOrEmpty(z.string()),
  services: z.array(z.object({ name: z.string(), status: z.string() })),
});

export type Region = z.infer<typeof region>;

const availableRegion = z.object({ name: z.string(), type: z.string(), continentCode: z.string() });

export type AvailableRegion = z.infer<typeof availableRegion>;

export interface Regions {
  /** Names of the regions that are activated for the project. */
  list(options?: CallOptions): Promise<string[]>;
  get(name: string, options?: CallOptions): Promise<Region>;
  /** What could be activated. */
  available(options?: CallOptions): Promise<AvailableRegion[]>;
  /** Activates one; OVH was seen to answer 500 and to do it hours later. */
  activate(name: string, options?: MutateOptions): Promise<Region>;
}

export function regions(http: Http, root: string): Regions {
  return {
    list: (options) => http.get(`${root}/region`, z.array(z.string()), options),
    get: async (name, options) =>
      http.get(root + path`/region/${name}`, answering(region, { name }), options),
    available: (options) => http.list(`${root}/regionAvailable`, availableRegion, options),
    activate: (name, options) =>
      http.mutate('POST', `${root}/region`, answering(region, { name }), {
        ...options,
        body: { region: name },
      }),
  };
}
