import type { CallOptions, MutateOptions } from '../http.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from './schema.ts';
import { type Image, image } from './images.ts';

/** `/snapshot`: a project's own images, taken by `instances.snapshot`. An instance is made from one as from any image. */
export interface ImageSnapshots {
  list(region?: string, options?: CallOptions & { flavorType?: string }): Promise<Image[]>;
  get(id: string, options?: CallOptions): Promise<Image>;
  delete(id: string, options?: MutateOptions): Promise<Image>;
}

export function imageSnapshots(http: Http, root: string): ImageSnapshots {
  const at = (id: string) => root + path`/snapshot/${id}`;
  return {
    list: (region, { flavorType, ...options } = {}) =>
      http.list(`${root}/snapshot`, image, options, { region, flavorType }),
    get: async (id, options) => http.get(at(id), answering(image, { id }), options),
    delete: async (id, options) => http.mutate('DELETE', at(id), answering(image, { id }), options),
  };
}
