import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { type Image, image } from '../schemas/image.ts';

export interface ImageFilter {
  /** `linux`, `windows`, `bsd`, `baremetal-linux`. */
  osType?: string | undefined;
  /** Only images that a flavor of this type can boot. */
  flavorType?: string | undefined;
}

export interface Images {
  /** OVH's own images; a project's snapshots are not among them. */
  list(region?: string, options?: CallOptions & ImageFilter): Promise<Image[]>;
  get(id: string, options?: CallOptions): Promise<Image>;
}

export function images(http: Http, root: string): Images {
  return {
    list: (region, { osType, flavorType, ...options } = {}) =>
      http.list(`${root}/image`, image, options, { region, osType, flavorType }),
    get: async (id, options) => http.get(root + path`/image/${id}`, answering(image, { id }), options),
  };
}
