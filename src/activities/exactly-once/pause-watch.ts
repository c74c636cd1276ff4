import { performance } from 'node:perf_hooks';
import { timing } from '../../contract/timing.ts';

/**
 * Notices that this process stood still (SIGSTOP, a VM migration, a laptop's lid): a timer that ticks sees a
 * gap. Somebody may have been started in our place meanwhile.
 */
export class PauseWatch {
  #lastTick = now();
  /** By the monotonic clock: the wall clock may be set back. */
  #lastPauseEnded = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  start(): this {
    this.#timer ??= setInterval(() => this.#tick(), timing.tickMs).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Milliseconds since this process last woke from a pause; infinite when it never slept. */
  sinceLastPause(): number {
    // After a pause I/O may be answered before the timer ticks, so the gap is looked at here too.
    this.#tick();
    return performance.now() - this.#lastPauseEnded;
  }

  #tick(): void {
    const { steady, wall } = now();
    const passed = Math.max(steady - this.#lastTick.steady, wall - this.#lastTick.wall);
    if (passed > timing.pauseMs) this.#lastPauseEnded = steady;
    this.#lastTick = { steady, wall };
  }
}

/** The monotonic clock may stand still while a VM is suspended, and the wall clock may be set: either may show a gap. */
const now = () => ({ steady: performance.now(), wall: Date.now() });
