import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { type Flavor, flavor } from '../schemas/flavor.ts';

export interface Flavors {
  /** A name may be there twice, for Linux and for Windows. */
  list(region?: string, options?: CallOptions): Promise<Flavor[]>;
  get(id: string, options?: CallOptions): Promise<Flavor>;
}

export function flavors(http: Http, root: string): Flavors {
  return {
    list: (region, options) => http.list(`${root}/flavor`, flavor, options, { region }),
    get: async (id, options) => http.get(root + path`/flavor/${id}`, answering(flavor, { id }), options),
  };
}
