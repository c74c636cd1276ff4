import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { isKnownNotApplied } from './failure.ts';

/** Requests of a run whose outcome nobody knows for certain: OVH may show what came of them until the settle window ends. */
export class UnclearRequests {
  readonly #names = new Set<string>();
  /** When the last of them ended, on the clock of Temporal's server. */
  #endedAt: ServerTime = 0;

  /**
   * Waits for a request. Its outcome is unclear from the moment in which it is asked, since the run may be cancelled before
   * the answer; and it stays so, whatever the error says, unless OVH's answer or a look has proven what came of it.
   */
  async until<Asked extends { unclear: boolean }>(name: string, asked: Promise<Asked>): Promise<Asked> {
    this.#names.add(name);
    let underWayMs = 0;
    try {
      const answer = await asked;
      if (!answer.unclear) this.#names.delete(name);
      return answer;
    } catch (error) {
      if (isKnownNotApplied(error)) this.#names.delete(name);
      // Its worker died, or has lost Temporal.
      if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure)
        ({ underWayMs } = timing);
      throw error;
    } finally {
      if (this.#names.has(name)) this.#endedAt = Math.max(this.#endedAt, Date.now() + underWayMs);
    }
  }

  /** Where the settle window of an undo or a count begins; null: nothing is unclear. */
  get since(): ServerTime | null {
    return this.#names.size === 0 ? null : this.#endedAt;
  }
}
