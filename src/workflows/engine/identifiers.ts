import { floatingIpOf } from '../../contract/index.ts';
import type { Baseline, Identifier } from '../../contract/index.ts';

/** Everything that a baseline saw, by id. */
export function baselineIdentifiers({ instances, volumes, floatingIps = [] }: Baseline): Identifier[] {
  return [
    ...instances.map(({ id, name }) => ({ kind: 'instance' as const, id, name })),
    ...volumes.map(({ id, name }) => ({ kind: 'volume' as const, id, name })),
    ...floatingIps.map(floatingIpOf),
  ];
}
