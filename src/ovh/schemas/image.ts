import { z } from 'zod';
import { orNull, textOrEmpty } from './lenient.ts';

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
