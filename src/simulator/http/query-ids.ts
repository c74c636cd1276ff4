import type { Random } from '../random.ts';

/** Makes the ids that every answer carries, in OVH's form: `EU.ext-3.63ac85b6.10528.27b4f1fc-…`. */
export function queryIds(random: Random): () => string {
  const session = random.uuid();
  let number = 0;
  return () => {
    number += 1;
    return `EU.ext-3.${number.toString(16).padStart(8, '0')}.${10_000 + (number % 50_000)}.${session}`;
  };
}
