import type { ServerTime } from '../../contract/index.ts';

/** Requests of a run whose outcome nobody knows for certain: OVH may show what came of them until the settle window ends. */
export class UnclearRequests {
  readonly #names = new Set<string>();
  /** When the last of them ended, on the clock of Temporal's server. */
  #endedAt: ServerTime = 0;

  /** Before it is asked for: should the run be cancelled meanwhile, nobody knows what came of it. */
  begin(name: string): void {
    this.#names.add(name);
  }

  /** OVH's answer, or a look, has said what came of it. */
  isKnown(name: string): void {
    this.#names.delete(name);
  }

  end(name: string): void {
    if (this.#names.has(name)) this.#endedAt = Date.now();
  }

  /** Where the settle window of an undo or a count begins; null: nothing is unclear. */
  get since(): ServerTime | null {
    return this.#names.size === 0 ? null : this.#endedAt;
  }
}
