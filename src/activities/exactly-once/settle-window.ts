import type { ServerTime } from '../../contract/index.ts';

/**
 * For how long OVH may still show, late, what was asked of it: its lists lag behind its answers, and what a lost answer
 * asked for may be made a while after. A look proves that something is not there only if it began after the window. Without
 * it a second machine would be made beside the first one, or left beside it, and be paid for.
 */
export class SettleWindow {
  readonly #settleMs: number;
  #openedAt: ServerTime;

  /** @param openedAt when what may be hidden was asked for, or was last under way */
  constructor(settleMs: number, openedAt: ServerTime) {
    this.#settleMs = settleMs;
    this.#openedAt = openedAt;
  }

  get openedAt(): ServerTime {
    return this.#openedAt;
  }

  get endsAt(): ServerTime {
    return this.#openedAt + this.#settleMs;
  }

  /** Something was seen to be still under way then, so lists can show what it makes only from then on. */
  extend(now: ServerTime): void {
    this.#openedAt = Math.max(this.#openedAt, now);
  }

  /** Whether what a look that began then did not show is not there. */
  isOver(lookBegan: ServerTime): boolean {
    return lookBegan >= this.endsAt;
  }

  /** Milliseconds until it is over; zero once it is. */
  leftMs(now: ServerTime): number {
    return Math.max(0, this.endsAt - now);
  }
}
