import { type Clock, systemClock } from './clock.ts';

/** Who goes first: an instance is what takes longest and runs out, a look can always wait. */
export type Priority = 'instance-create' | 'mutate' | 'look';

export interface GovernorOptions {
  clock?: Clock;
  /** Requests per second to begin with. */
  start?: number;
  /** Requests per second never exceeded; 20 is what OVH publishes for its OpenStack APIs. */
  ceiling?: number;
  /** Requests that may leave at once after a pause. */
  burst?: number;
}

interface Waiter {
  admit(): void;
}

const FLOOR_PER_SECOND = 0.5;
/** Refusals of requests that were already under way say nothing new about the lower rate. */
const HALVING_INTERVAL_MS = 1_000;
/** OVH under load cuts connections rather than answering 429 (external-dns #1546): this many make a refusal. */
const STORM = { resets: 3, withinMs: 5_000 };
const LONGEST_PAUSE_MS = 300_000;
const LONGEST_SLEEP_MS = 1_000;

/**
 * Paces the requests of one consumer key. A token bucket whose rate grows by about one request per second each
 * second while all goes well, up to the ceiling, and halves when OVH refuses. OVH publishes no limit for this API.
 */
export class Governor {
  readonly #clock: Clock;
  readonly #ceiling: number;
  readonly #burst: number;
  readonly #queues: Record<Priority, Set<Waiter>> = {
    'instance-create': new Set(),
    mutate: new Set(),
    look: new Set(),
  };
  #rate: number;
  #tokens: number;
  #filledAt: number;
  #pausedUntil = 0;
  #halvedAt = -Infinity;
  #resets: number[] = [];
  #draining = false;

  constructor({ clock = systemClock, start = 10, ceiling = 20, burst = 3 }: GovernorOptions = {}) {
    this.#clock = clock;
    this.#ceiling = ceiling;
    this.#burst = burst;
    this.#rate = Math.min(start, ceiling);
    this.#tokens = burst;
    this.#filledAt = clock.now();
  }

  get requestsPerSecond(): number {
    return this.#rate;
  }

  /** Resolves when the caller may send one request; rejects with the signal's reason, spending nothing. */
  async acquire(priority: Priority, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const queue = this.#queues[priority];
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        queue.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      queue.add(waiter);
      void this.#drain();
    });
  }

  /** An answer that shows no overload. */
  accepted(): void {
    this.#rate = Math.min(this.#ceiling, this.#rate + 1 / this.#rate);
  }

  /** 429 or 408. */
  refused(): void {
    const now = this.#clock.now();
    if (now - this.#halvedAt < HALVING_INTERVAL_MS) return;
    this.#refill();
    this.#rate = Math.max(FLOOR_PER_SECOND, this.#rate / 2);
    this.#halvedAt = now;
  }

  /** A connection that broke or went silent after it was made. */
  broken(): void {
    const now = this.#clock.now();
    this.#resets = [...this.#resets, now].filter((at) => now - at < STORM.withinMs);
    if (this.#resets.length < STORM.resets) return;
    this.#resets = [];
    this.refused();
  }

  /** `Retry-After`, whatever the status; heeded for at most five minutes. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + Math.min(ms, LONGEST_PAUSE_MS));
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        await this.#clock.sleep(Math.min(waitMs, LONGEST_SLEEP_MS));
        continue; // in the meantime someone more urgent may have come, or a pause, or all may have left
      }
      this.#tokens -= 1;
      next.queue.delete(next.waiter);
      next.waiter.admit();
    }
    this.#draining = false;
  }

  #next(): { queue: Set<Waiter>; waiter: Waiter } | undefined {
    for (const priority of ['instance-create', 'mutate', 'look'] as const) {
      const queue = this.#queues[priority];
      for (const waiter of queue) return { queue, waiter };
    }
    return undefined;
  }

  #waitMs(): number {
    this.#refill();
    const pause = this.#pausedUntil - this.#clock.now();
    const token = ((1 - this.#tokens) * 1_000) / this.#rate;
    return Math.ceil(Math.max(pause, token));
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1_000) * this.#rate);
    this.#filledAt = now;
  }
}
