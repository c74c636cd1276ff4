import { OvhError } from '../../ovh/index.ts';
import { timing } from '../../contract/timing.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { verdictOf } from '../exactly-once/to-failure.ts';

const TIMES = 3;

/**
 * Looks, and where OVH does not answer well looks again after a moment, within the same attempt: the next one would begin with
 * all of its looks anew, later each time. What a person has to mend is theirs to hear of at once.
 */
export async function askedAgain<T>(attempt: Attempt, look: () => Promise<T>): Promise<T> {
  for (let times = 1; ; times += 1) {
    try {
      return await look();
    } catch (error) {
      const { final, retried, retryMs = timing.soonMs } = verdictOf(error);
      const isPassing =
        error instanceof OvhError && final !== 'OvhForbidden' && retried !== 'CredentialsRefused';
      // One more request must fit, however long OVH takes over it.
      const isTime = attempt.elapsedMs() + retryMs < timing.lookMs - timing.requestMs;
      if (!isPassing || !isTime || times === TIMES) throw error;
      await attempt.sleep(retryMs);
    }
  }
}
