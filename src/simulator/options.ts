import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { GuestOptions } from './guests/guests.ts';
import { defaultSwitches, parseSwitches, type Switches } from './switches.ts';
import type { QuotaLimits } from './world/quota.ts';

/** Time as the simulated OVH sees it; tests bring their own. */
export interface SimulatorClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Rejects when the signal is aborted, if it heeds it. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface SimulatorOptions {
  /** From `BUILD` to `ACTIVE`. Default 3000. */
  bootMs?: number;
  /** Each boot takes up to so much longer, any time being as likely as another; the seed says which. Default 0. */
  bootSpreadMs?: number;
  /** From `creating` to `available`. Default 1000. */
  volumeMs?: number;
  /** Until what an operation makes is there. Default 500. */
  operationMs?: number;
  /** From `attaching` to `in-use`, from `detaching` to `available`. Default 800. */
  attachMs?: number;
  /** From `DELETING` or `deleting` to 404. Default 800. */
  deleteMs?: number;
  /** How far lists lie in the past. Default 0. */
  listLagMs?: number;
  /** Between applying a request and answering it. Default 0. */
  latencyMs?: number;
  /** How far OVH's clock is ahead of ours. Default 0. */
  clockSkewMs?: number;
  /** How far the timestamp of a signed request may be off. Default 30 s. */
  skewLimitMs?: number;
  /** From the power of a guest to its SSH. Default 1000. */
  guestSshMs?: number;
  /** From there to the end of its cloud-init. Default 1000. */
  guestInitMs?: number;
  /** How long an OAuth2 token is good for. Default one hour. */
  tokenMs?: number;
  /** Requests per second and consumer key; 0 is no limit. Default 0. */
  rateLimit?: number;
  /** Where time comes from. Default: the machine. */
  clock?: SimulatorClock;
  /** The same seed makes the same keys, ids and chances. Default: another one each time. */
  seed?: number;
  switches?: Partial<Switches>;
  /** What a project may have in each region. Default: thousands. */
  quota?: Partial<QuotaLimits>;
  /** Behind each instance a machine that answers SSH and runs real commands on this machine. Default: none. */
  guests?: GuestOptions | undefined;
}

/** The delays that a running simulator holds, in milliseconds. */
export interface Delays {
  bootMs: number;
  bootSpreadMs: number;
  volumeMs: number;
  operationMs: number;
  attachMs: number;
  deleteMs: number;
  listLagMs: number;
  latencyMs: number;
  clockSkewMs: number;
  skewLimitMs: number;
  tokenMs: number;
  guestSshMs: number;
  guestInitMs: number;
}

export const defaultDelays: Delays = {
  bootMs: 3000,
  bootSpreadMs: 0,
  volumeMs: 1000,
  operationMs: 500,
  attachMs: 800,
  deleteMs: 800,
  listLagMs: 0,
  latencyMs: 0,
  clockSkewMs: 0,
  skewLimitMs: 30_000,
  tokenMs: 3_600_000,
  guestSshMs: 1000,
  guestInitMs: 1000,
};

const machineClock: SimulatorClock = {
  now: Date.now,
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal && { signal });
  },
};

/** Everything decided, nothing optional. */
export function settle(options: SimulatorOptions) {
  const {
    rateLimit = 0,
    clock = machineClock,
    seed = randomInt(2 ** 32),
    switches = {},
    quota = {},
    guests,
  } = options;
  const delays = { ...defaultDelays };
  for (const name of Object.keys(delays) as (keyof Delays)[]) delays[name] = options[name] ?? delays[name];
  return {
    delays,
    rateLimit,
    clock,
    seed,
    quota,
    guests,
    switches: { ...defaultSwitches, ...parseSwitches(switches) },
  };
}

export type Settings = ReturnType<typeof settle>;
