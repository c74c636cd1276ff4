import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../src/ovh/index.ts';

interface Sleeper {
  at: number;
  wake(): void;
}

/** Time that passes only when told to, or when everybody sleeps. */
export class VirtualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((wake) => this.#sleepers.push({ at: this.#now + ms, wake }));
  }

  /** Lets the given time pass, waking each sleeper at its own moment. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await turn(); // whoever was woken goes on, and may sleep again
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#now = end;
  }
}
