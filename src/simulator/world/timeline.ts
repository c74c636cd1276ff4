/**
 * What something is at any time. Asynchronous work is written down in advance when it is asked for
 * (`creating` now, `available` in a second), so no timer runs, and a lagging list is a look into the past.
 */
export class Timeline<State> {
  readonly #moments: { at: number; state: State | undefined }[] = [];
  #watcher: () => void = () => {};

  /** From `at` on it is `state`, until a later call says otherwise; what was planned for after `at` is off. */
  set(at: number, state: State | undefined): this {
    while ((this.#moments.at(-1)?.at ?? -Infinity) > at) this.#moments.pop();
    this.#moments.push({ at, state });
    this.#watcher();
    return this;
  }

  /** The state at that time; `undefined` where there is nothing: before the creation, after the deletion. */
  at(time: number): State | undefined {
    return this.#moments.findLast((moment) => moment.at <= time)?.state;
  }

  /** All that was and is planned, oldest first. */
  get moments(): readonly { at: number; state: State | undefined }[] {
    return this.#moments;
  }

  /** Has it told whenever something else is planned. */
  watch(watcher: () => void): void {
    this.#watcher = watcher;
  }

  /** When the last plan comes true. */
  get settledAt(): number {
    return this.#moments.at(-1)?.at ?? -Infinity;
  }

  /** What it will be when nobody asks for anything else. */
  get final(): State | undefined {
    return this.#moments.at(-1)?.state;
  }
}
