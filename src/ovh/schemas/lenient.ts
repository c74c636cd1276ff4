import { z } from 'zod';

/** OVH leaves out what it also sends as `null`; here both are `null`. */
export function orNull<T>(schema: z.ZodType<T>) {
  return schema.nullish().transform((value): T | null => value ?? null);
}

/** Text that may be left out or `null`, then empty. */
export const textOrEmpty = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

/** A list that may be left out or `null`, then empty. */
export function listOrEmpty<T>(item: z.ZodType<T>) {
  return z
    .array(item)
    .nullish()
    .transform((list): T[] => list ?? []);
}
