import { createHash } from 'node:crypto';

/** A uuid that is the same in every simulator: catalogue entries keep their ids as OVH's do. */
export function stableId(...names: string[]): string {
  const hex = createHash('sha256').update(names.join('/')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
