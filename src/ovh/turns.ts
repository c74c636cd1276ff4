/** Who waits until a request may be sent. */
export interface Waiter {
  sharer: string;
  since: number;
  admit(): void;
}

/** A queue in which those who share it take turns, each with their own in the order of asking. */
export class Turns {
  /** In the order of their turns; none is empty. */
  readonly #bySharer = new Map<string, Set<Waiter>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Waiter | undefined {
    for (const waiters of this.#bySharer.values()) for (const waiter of waiters) return waiter;
    return undefined;
  }

  add(waiter: Waiter): void {
    const waiters = this.#bySharer.get(waiter.sharer);
    if (waiters) waiters.add(waiter);
    else this.#bySharer.set(waiter.sharer, new Set([waiter]));
    this.#size += 1;
  }

  /** Its sharer's next turn comes after everybody else's. */
  remove(waiter: Waiter): void {
    const waiters = this.#bySharer.get(waiter.sharer);
    if (!waiters?.delete(waiter)) return;
    this.#size -= 1;
    this.#bySharer.delete(waiter.sharer);
    if (waiters.size > 0) this.#bySharer.set(waiter.sharer, waiters);
  }
}
