import type { Baseline, Identifier } from '../../contract/index.ts';

/** Only what a thing is known by: what else is known of it does not travel into activities and failures. */
export function identifier({ kind, id, name }: Identifier): Identifier {
  return { kind, id, name };
}

/** Everything that a baseline saw, by id. */
export function baselineIdentifiers({ instances, volumes }: Baseline): Identifier[] {
  return [
    ...instances.map(({ id, name }) => ({ kind: 'instance' as const, id, name })),
    ...volumes.map(({ id, name }) => ({ kind: 'volume' as const, id, name })),
  ];
}
