import { z } from 'zod';
import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { type Region, region } from '../schemas/region.ts';

export interface Regions {
  /** Names of the regions that are activated for the project. */
  list(options?: CallOptions): Promise<string[]>;
  get(name: string, options?: CallOptions): Promise<Region>;
}

export function regions(http: Http, root: string): Regions {
  return {
    list: (options) => http.get(`${root}/region`, z.array(z.string()), options),
    get: async (name, options) => http.get(root + path`/region/${name}`, region, options),
  };
}
