import { z } from 'zod';
import { listOrEmpty, orNull, textOrEmpty } from './lenient.ts';

export const volume = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  description: textOrEmpty,
  region: z.string(),
  /** GiB. */
  size: z.number(),
  type: z.string(),
  /** OVH's word: `creating`, `available`, `attaching`, `in-use`, `error` and many more, new ones at any time. */
  status: z.string(),
  /** Ids of instances; several only for multi-attach types. */
  attachedTo: listOrEmpty(z.string()),
  bootable: z.boolean(),
  /** ISO 8601. */
  creationDate: z.string(),
  planCode: orNull(z.string()),
  availabilityZone: orNull(z.string()),
});

export type Volume = z.infer<typeof volume>;
