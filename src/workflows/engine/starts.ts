import { condition } from '@temporalio/workflow';

/**
 * All that a workflow begins in one task travels in one message, and gRPC takes 4 MiB of it. A quarter leaves room for
 * what Temporal adds, and for a codec that enlarges it.
 */
const MOST_BYTES = 1024 * 1024;
/** What Temporal says of each start beside its input. */
const OVERHEAD_BYTES = 1024;

/** Nothing more is begun: Temporal ends a run whose history grows on. What was not begun is for the run that continues this one. */
export class HistoryIsLong extends Error {
  override readonly name = 'HistoryIsLong';
}

/** What a run begins. Modules are shared by all runs of a worker, so the count is each run's own. */
export class Starts {
  #bytesUnderWay = 0;
  readonly #isLong: () => boolean;

  /** `isLong`: the history is, and nothing more is to be begun in it. */
  constructor(isLong: () => boolean = () => false) {
    this.#isLong = isLong;
  }

  /**
   * Starts something once what is being started beside it leaves room for its input: then it is in another task.
   *
   * @throws HistoryIsLong where it has become so while others were started
   */
  async spread<T>(input: unknown, start: () => Promise<T>): Promise<T> {
    const bytes = new TextEncoder().encode(JSON.stringify(input)).length + OVERHEAD_BYTES;
    const fits = () => this.#bytesUnderWay === 0 || this.#bytesUnderWay + bytes <= MOST_BYTES; // (rule 28)
    // Several are woken by the same room.
    while (!fits()) await condition(fits);
    if (this.#isLong()) throw new HistoryIsLong(); // (rule 28h)
    this.#bytesUnderWay += bytes;
    try {
      return await start();
    } finally {
      this.#bytesUnderWay -= bytes;
    }
  }
}
