/**
 * One look for everybody who asks at about the same time. It is answered only by a look that began after it was asked:
 * sharing an older one would let two creates miss each other's work.
 */
export class SharedLook<Seen> {
  readonly #look: () => Promise<Seen>;
  #running: Promise<Seen> | undefined;
  #next: Promise<Seen> | undefined;

  constructor(look: () => Promise<Seen>) {
    this.#look = look;
  }

  ask(): Promise<Seen> {
    if (!this.#running) return this.#begin();
    const begin = () => this.#begin();
    this.#next ??= this.#running.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<Seen> {
    this.#next = undefined;
    const look = this.#look().finally(() => {
      if (this.#running === look) this.#running = undefined;
    });
    this.#running = look;
    return look;
  }
}
