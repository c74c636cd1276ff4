import { z } from 'zod';
import type { CallOptions, Http } from '../http.ts';
import { path } from '../path.ts';
import { answering, orNull, textOrEmpty } from './schema.ts';

export const image = z.object({
  id: z.string(),
  name: z.string(),
  region: z.string(),
  /** A free string; `active` is the one to use. */
  status: z.string(),
  /** `linux`, `windows`. */
  type: z.string(),
  /** Whom it lets in by SSH, `debian`. */
  user: textOrEmpty,
  visibility: z.string(),
  /** GiB. */
  size: z.number(),
  /** GiB. */
  minDisk: z.number(),
  minRam: z.number(),
  /** ISO 8601. The same name is published again under a new id: the newest counts. */
  creationDate: z.string(),
  /** When set, only flavors of this type can boot it. */
  flavorType: orNull(z.string()),
});

export type Image = z.infer<typeof image>;

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
