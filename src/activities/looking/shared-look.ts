import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One look for everybody who asks at about the same time. It is answered only by a look that began after it was asked:
 * sharing an older one would let two creates miss each other's work.
 */
export class SharedLook<Seen> {
  readonly #look: (queued: () => () => void) => Promise<Seen>;
  readonly #pauseMs: (tookMs: number) => number;
  /** It is not on its way yet: whoever asks is answered by it. */
  #waiting: Promise<Seen> | undefined;
  #running: Promise<Seen> | undefined;
  #next: Promise<Seen> | undefined;
  #notBefore = -Infinity;

  /**
   * @param look may call `queued` when it has to wait for its turn, and what that returns when it goes off: whoever comes in
   *   between shares it
   * @param pauseMs how long there is no other look after one that took so long; a lone one never waits
   */
  constructor(
    look: (queued: () => () => void) => Promise<Seen>,
    pauseMs: (tookMs: number) => number = () => 0,
  ) {
    this.#look = look;
    this.#pauseMs = pauseMs;
  }

  ask(): Promise<Seen> {
    if (this.#waiting) return this.#waiting;
    if (!this.#running && !this.#next && performance.now() >= this.#notBefore) return this.#begin();
    this.#next ??= this.#soon();
    return this.#next;
  }

  async #soon(): Promise<Seen> {
    await this.#running?.catch(() => undefined);
    const rest = this.#notBefore - performance.now();
    if (rest > 0) await sleep(rest);
    return this.#begin();
  }

  #begin(): Promise<Seen> {
    this.#next = undefined;
    const began = performance.now();
    let isQueued = false;
    const off = () => {
      isQueued = false;
      this.#waiting = undefined;
    };
    const look = this.#look(() => {
      isQueued = true;
      return off;
    }).finally(() => {
      off();
      const ended = performance.now();
      this.#notBefore = ended + this.#pauseMs(ended - began);
      this.#running = undefined;
    });
    if (isQueued) this.#waiting = look;
    this.#running = look;
    return look;
  }
}
