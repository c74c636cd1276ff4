import { parseGuestFault, type GuestFault, type GuestFaultKind } from './guest-fault.ts';

/** Whose guest it is. */
export interface GuestName {
  instanceId: string;
  name: string;
  projectId: string;
}

/** What is wrong with the guests at present. */
export class GuestFaults {
  #standing: (GuestFault & { left: number })[] = [];

  /** Throws a `TypeError` when it is not a fault. */
  add(fault: GuestFault): void {
    const checked = parseGuestFault(fault);
    this.#standing.push({ ...checked, left: checked.times ?? Infinity });
  }

  /** The first of these kinds that this guest has; it counts as met once. */
  meet(guest: GuestName, ...kinds: GuestFaultKind[]): GuestFault | undefined {
    const met = this.#standing.find((fault) => kinds.includes(fault.kind) && isMeant(fault, guest));
    if (!met) return undefined;
    met.left -= 1;
    if (met.left === 0) this.#standing = this.#standing.filter((each) => each !== met);
    return met;
  }

  /** Whether it has it, without meeting it. */
  has(guest: GuestName, kind: GuestFaultKind): boolean {
    return this.#standing.some((fault) => fault.kind === kind && isMeant(fault, guest));
  }

  /** What stands, with how many times are left. */
  all(): GuestFault[] {
    return this.#standing.map(({ left, ...fault }) => ({
      ...fault,
      ...(Number.isFinite(left) && { times: left }),
    }));
  }

  clear(): void {
    this.#standing = [];
  }
}

/** Whether a fault or an act is about this guest. */
export function isMeant(
  { instance = '*', projectId }: Pick<GuestFault, 'instance' | 'projectId'>,
  guest: GuestName,
): boolean {
  if (projectId !== undefined && projectId !== guest.projectId) return false;
  const escaped = instance.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = new RegExp(`^${escaped.replaceAll('*', '.*')}$`);
  return pattern.test(guest.instanceId) || pattern.test(guest.name);
}
