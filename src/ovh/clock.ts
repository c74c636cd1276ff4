import { setTimeout as delay } from 'node:timers/promises';

/** Time as the client sees it; tests bring their own. */
export interface Clock {
  /** Epoch milliseconds, never running backwards. Need not be right: OVH's time is learnt as an offset to it. */
  now(): number;
  /** Rejects with the signal's `AbortError` when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * The machine's clock, read through the monotonic counter: an NTP step in the middle of a run neither
 * invalidates the offset to OVH's time nor stretches a pause of the governor.
 */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal && { signal });
  },
};
