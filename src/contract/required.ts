/**
 * What cannot be missing here. Were it missing all the same, an error is better than an empty word, which OVH would take for
 * a name.
 */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined || value === '')
    throw new Error(`${what} is missing, which cannot be`);
  return value;
}
