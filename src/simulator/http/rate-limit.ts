import type { SimulatorClock } from '../options.ts';

/** A token bucket for each consumer key, one second deep. */
export class RateLimit {
  /** Requests per second; 0 is no limit. */
  perSecond: number;
  readonly #clock: SimulatorClock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(perSecond: number, clock: SimulatorClock) {
    this.perSecond = perSecond;
    this.#clock = clock;
  }

  /** Takes a token, if there is one. */
  allows(consumerKey: string): boolean {
    if (this.perSecond === 0) return true;
    const now = this.#clock.now();
    const bucket = this.#buckets.get(consumerKey) ?? { tokens: this.perSecond, at: now };
    const gained = ((now - bucket.at) / 1000) * this.perSecond;
    const tokens = Math.min(Math.max(1, this.perSecond), bucket.tokens + gained);
    const allowed = tokens >= 1;
    this.#buckets.set(consumerKey, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }

  reset(perSecond: number): void {
    this.perSecond = perSecond;
    this.#buckets.clear();
  }
}
