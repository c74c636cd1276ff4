import type { ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';

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

  /** Whether what was not shown by a look that began at that moment is not there at all. */
  isOver(lookBegan: ServerTime): boolean {
    return lookBegan >= this.endsAt;
  }

  /** Milliseconds until it is over; zero once it is. */
  leftMs(now: ServerTime): number {
    return Math.max(0, this.endsAt - now);
  }
}

interface Unclear {
  settleMs: number;
  /** When the request was given up whose answer is missing. */
  unclearSince: ServerTime;
  /** When OVH was last seen to work on what may be of it; undefined: it was not. */
  quietSince?: ServerTime | undefined;
  /** Whether OVH works on something that was begun by then. */
  isWorking(by: ServerTime): Promise<boolean>;
}

/**
 * The window of a request whose answer is missing: it begins again as long as OVH works on what may be ours, but not for
 * ever: an order that OVH never ends must not keep an undo from its end.
 */
export class UnclearWindow extends SettleWindow {
  readonly #orderedBy: ServerTime;
  readonly #isWorking: Unclear['isWorking'];

  constructor({ settleMs, unclearSince, quietSince = unclearSince, isWorking }: Unclear) {
    super(settleMs, quietSince);
    this.#orderedBy = unclearSince + settleMs;
    this.#isWorking = isWorking;
  }

  /** Lists can show what an order makes only once OVH is through with it. */
  async notice(now: ServerTime): Promise<void> {
    const isAwaited = now < this.#orderedBy + timing.longestOrderMs;
    if (isAwaited && (await this.#isWorking(this.#orderedBy))) this.extend(now);
  }
}
