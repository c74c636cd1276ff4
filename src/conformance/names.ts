/* Apart from what asks: the command line knows these before it loads what calls OVH. */

/** Begins the name of everything that any run makes. */
export const MARK = 'mooring-conformance-';

/** In the order they are asked: the instance is shared until `delete-again`, and the burst comes last. */
export const PROBE_NAMES = [
  'skew-window',
  'unknown-parameters',
  'flavor-names',
  'ssh-key-again',
  'void-answer',
  'list-lag',
  'detail-lag',
  'addresses',
  'instance-form',
  'list-nulls',
  'quota-ram',
  'times',
  'attach-again',
  'delete-busy-volume',
  'delete-volume-with-snapshots',
  'delete-again',
  'operation-resource',
  'quota-answer',
  'failed-operation',
  'rate-limit',
] as const;

export type ProbeName = (typeof PROBE_NAMES)[number];
