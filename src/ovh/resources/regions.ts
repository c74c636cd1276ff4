import { z } from 'zod';
import type { CallOptions, MutateOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { type AvailableRegion, availableRegion, type Region, region } from '../schemas/region.ts';

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
