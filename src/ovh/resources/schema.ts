import { z } from 'zod';
import { fieldsOf } from '../../contract/unknown.ts';

/**
 * The answer, if it is about what was asked. A proxy or a cache that mixes up answers hands out somebody else's thing;
 * believed, it would be attached to ours, or deleted. So such an answer is none: the call throws OvhSchemaError, and
 * what it asked for may have been applied.
 *
 * @example
 * http.get(path`/volume/${id}`, answering(volume, { id }))
 */
export function answering<T extends object>(schema: z.ZodType<T>, asked: Asked<NoInfer<T>>) {
  const wanted = Object.entries(asked).flatMap(([field, value]) =>
    typeof value === 'string' ? [{ field, value }] : [],
  );
  return schema.transform((answer, context): T => {
    for (const { field, value } of wanted) {
      if (isSame(field, fieldsOf(answer)[field], value)) continue;
      context.addIssue({ code: 'custom', message: `it answered with another ${field} than was asked for` });
    }
    return answer;
  });
}

/** What the answer must say; what is undefined was left to OVH. */
type Asked<T> = { [Field in keyof T]?: T[Field] | undefined };

/** OpenStack's ids are the same in capitals, and OVH may take the blanks around a name away. */
function isSame(field: string, answered: unknown, asked: string): boolean {
  if (typeof answered !== 'string') return false;
  if (field === 'id') return answered.toLowerCase() === asked.toLowerCase();
  return answered.trim() === asked.trim();
}

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

/** The answer of a void call: `null` or nothing (any JSON passes, a page of HTML does not). */
export const nothing = z.unknown().transform((): void => undefined);
