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

interface Reading {
  /** Unix seconds on OVH's clock, now. */
  seconds(): number;
  /** OVH did not believe them. */
  refuse(): void;
}

/**
 * OVH's clock, known as an offset to ours: asked for once and kept, until a refusal shows that it no longer
 * holds. The official clients never ask again, and fail for ever after a step of the machine's clock.
 */
export class ServerClock {
  readonly #clock: Clock;
  readonly #askTime: () => Promise<number>;
  #offset: Promise<number> | undefined;

  /** @param askTime `GET /auth/time`: Unix seconds */
  constructor(clock: Clock, askTime: () => Promise<number>) {
    this.#clock = clock;
    this.#askTime = askTime;
  }

  /** Synchronous from here on, so that a request is signed for the moment at which it leaves. */
  async reading(): Promise<Reading> {
    const offset = (this.#offset ??= this.#measure());
    try {
      const offsetMs = await offset;
      return {
        seconds: () => Math.floor((this.#clock.now() + offsetMs) / 1_000),
        refuse: () => this.#forget(offset),
      };
    } catch (error) {
      this.#forget(offset);
      throw error;
    }
  }

  /** Only what was refused is forgotten: of many calls refused at once, the first asks for all. */
  #forget(offset: Promise<number>): void {
    if (this.#offset === offset) this.#offset = undefined;
  }

  async #measure(): Promise<number> {
    const asked = this.#clock.now();
    const seconds = await this.#askTime();
    return seconds * 1_000 - (asked + this.#clock.now()) / 2;
  }
}
