import { z } from 'zod';
import { listOrEmpty, orNull, textOrEmpty } from './lenient.ts';

/** A volume as the regional calls show it: without description, and with its zone. */
export const regionalVolume = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  /** GiB. */
  size: z.number(),
  type: z.string(),
  /** As `Volume.status`. */
  status: z.string(),
  availabilityZone: orNull(z.string()),
  attachedTo: listOrEmpty(z.object({ id: z.string() })).transform((held) => held.map(({ id }) => id)),
});

export type RegionalVolume = z.infer<typeof regionalVolume>;

/** An instance as the regional calls show it. */
export const regionalInstance = z.object({
  id: z.string().min(1),
  name: z.string(),
  region: z.string(),
  /** As `Instance.status`. */
  status: z.string(),
  /** What OpenStack does with it right now; empty when nothing. */
  taskState: textOrEmpty,
  flavorId: z.string(),
  flavorName: textOrEmpty,
  imageId: orNull(z.string()),
  availabilityZone: orNull(z.string()),
  addresses: listOrEmpty(
    z.object({
      ip: z.string(),
      version: z.number(),
      /** `public`, `private`, … */
      type: orNull(z.string()),
    }),
  ),
  attachedVolumes: listOrEmpty(z.object({ id: z.string() })).transform((held) => held.map(({ id }) => id)),
});

export type RegionalInstance = z.infer<typeof regionalInstance>;
