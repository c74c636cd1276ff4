import { rowOf } from '../../contract/unknown.ts';

/** What may be wrong with a guest, for as long as somebody says so. */
export const guestFaultKinds = {
  refuses: 'nobody listens at its port',
  silent: 'takes connections and never says a word',
  resets: 'resets every connection',
  closes: 'closes every connection before a word is said, as an `sshd` does that has too many of them',
  'wrong-host-key': 'answers with a host key that nobody knows, as whoever else has the address now',
  'boot-hangs': 'a boot never comes as far as `sshd`',
  'cloud-init-hangs': 'cloud-init never ends',
  'cloud-init-error': 'cloud-init ends with an error',
  'cloud-init-degraded': 'cloud-init ends with a warning',
  'cloud-init-disabled': 'cloud-init is disabled',
  'cloud-init-absent': 'there is no cloud-init',
  'disk-full': 'a command that begins can write no byte to a file; links and empty files it can still make',
  'cut-before': 'the connection is cut when a command is asked for, which does not run',
  'cut-after': 'the connection is cut `delayMs` after a command began, which runs on',
} as const;

/** What happens to a guest once, at once. */
export const guestActs = {
  'power-loss': 'all ends at once, what was not synced is lost, and it boots again',
  cut: 'every connection is cut; what runs, runs on',
} as const;

export type GuestFaultKind = keyof typeof guestFaultKinds;
export type GuestAct = keyof typeof guestActs;

export interface GuestFault {
  kind: GuestFaultKind;
  /** A glob on the id or the name of the instance: `*` stands for anything. Default: all of them. */
  instance?: string;
  /** Only guests of this project. */
  projectId?: string;
  /** How many connections or commands meet it, where it is about these. Default: all until it is cleared. */
  times?: number;
  /** Of `cut-after`. Default 0. */
  delayMs?: number;
}

/** What is met by one connection or one command; all else is how the guest is. */
const countable: readonly string[] = [
  'silent',
  'resets',
  'closes',
  'wrong-host-key',
  'cut-before',
  'cut-after',
] satisfies GuestFaultKind[];

const checks: Record<keyof GuestFault, [accepts: (value: unknown) => boolean, wanted: string]> = {
  kind: [
    (value) => typeof value === 'string' && Object.hasOwn(guestFaultKinds, value),
    `one of ${Object.keys(guestFaultKinds).join(', ')}`,
  ],
  instance: [(value) => typeof value === 'string', 'a glob on the id or the name of an instance'],
  projectId: [(value) => typeof value === 'string', 'the id of a project'],
  times: [
    (value) => typeof value === 'number' && Number.isSafeInteger(value) && value > 0,
    'a whole number above 0',
  ],
  delayMs: [(value) => typeof value === 'number' && value >= 0, 'milliseconds'],
};

/** Checks a fault that came from outside; throws a `TypeError` with one sentence. */
export function parseGuestFault(input: object): GuestFault {
  if (!('kind' in input)) throw new TypeError(`A fault of a guest needs a kind: ${checks.kind[1]}.`);
  for (const [name, value] of Object.entries(input)) {
    const check = rowOf(checks, name);
    if (!check) throw new TypeError(`A fault of a guest has no "${name}".`);
    if (!check[0](value)) throw new TypeError(`The ${name} of a guest's fault is ${check[1]}.`);
  }
  // Each of its fields has passed its check.
  const fault = input as GuestFault;
  if (fault.times !== undefined && !countable.includes(fault.kind))
    throw new TypeError(`A guest has "${fault.kind}" until it is cleared, and not so many times.`);
  return fault;
}
