import { rowOf } from '../contract/unknown.ts';

/**
 * Where nobody knows what OVH does, the simulator has a switch, and a client must work in every position.
 * The first position of each is the default.
 */
export const switchPositions = {
  /** Attaching a volume that is attached already. */
  attachAgain: ['409', '400', 'ok'],
  /** Creating beyond the quota; `accept-then-error` takes the instance or volume and lets it end in error. */
  quotaAnswer: ['409', '403', '413', 'accept-then-error'],
  /** Deleting a volume that is attached, or on its way from one state to another. */
  deleteBusyVolume: ['400', '409'],
  /** Deleting a volume that snapshots were taken of. */
  deleteVolumeWithSnapshots: ['409', '400', 'ok'],
  /** Where an operation on an instance names what it makes: itself, or in its sub-operations alone. */
  operationResource: ['resource', 'sub-operation'],
  /** What an operation that fails leaves behind: nothing, or a thing in error. */
  failedOperation: ['nothing', 'resource'],
  /** Deleting an instance that is being deleted. */
  deleteAgain: ['ok', '404', '409'],
  /** Posting an SSH key whose name exists in that region. */
  sshKeyAgain: ['409', '400', 'ok'],
  /** The body of an operation that returns nothing. */
  voidAnswer: ['null', 'empty', '204'],
  /** One instance: embedded flavor, image and key beside their ids, the ids alone, or the embedded objects alone. */
  instanceForm: ['both', 'ids', 'embedded'],
  /** What lists of instances say where one instance embeds its flavor, image and key: no such field, or null. */
  listNulls: ['absent', 'null'],
  /** Windows flavors have names of their own, or share those of the Linux flavors of their size. */
  flavorNames: ['win-prefix', 'shared'],
  /** What a lagging list says of something that is gone: its last state, or that it is deleted. */
  listDeleted: ['last', 'deleted'],
  /** Whether a look by id lags behind a creation as the lists do. */
  detailLag: ['off', 'on'],
  /** Whether the addresses come with `ACTIVE`, or half a boot time later. */
  addresses: ['with-active', 'after-active'],
  /** What quotas count RAM in. */
  quotaRam: ['MiB', 'GiB'],
  /** What asking too fast meets: 429, a proxy's page, or a cut connection. */
  rateLimitAnswer: ['429', '408', '504', 'reset'],
  /** Whether a 429 says when to come back. */
  rateLimitRetryAfter: ['off', 'on'],
  /** Parameters that the contract does not have, in queries and bodies. */
  unknownParameters: ['refused', 'ignored'],
} as const;

export type SwitchName = keyof typeof switchPositions;
export type Switches = { [Name in SwitchName]: (typeof switchPositions)[Name][number] };

/** The first position of each. */
export const defaultSwitches = Object.fromEntries(
  Object.entries(switchPositions).map(([name, positions]) => [name, positions[0]]),
) as Switches;

/** Checks positions that came from outside; throws a `TypeError` that names what is wrong. */
export function parseSwitches(input: Record<string, unknown>): Partial<Switches> {
  for (const [name, position] of Object.entries(input)) {
    const positions: readonly string[] | undefined = rowOf(switchPositions, name);
    if (!positions) {
      throw new TypeError(
        `There is no switch "${name}"; there are ${Object.keys(switchPositions).join(', ')}.`,
      );
    }
    if (typeof position !== 'string' || !positions.includes(position)) {
      throw new TypeError(`The switch ${name} takes ${positions.join(', ')}.`);
    }
  }
  return input;
}
