import type { Created, ResourceKind, ServerTime } from '../contract/index.ts';
import type { Attempt } from './attempt.ts';
import { finalFailure, notReady, toFailure, verdictOf } from './to-failure.ts';

export interface CreateOnce<Resource> {
  kind: ResourceKind;
  /** The name at OVH, for people. */
  name: string;
  attempt: Attempt;
  settleMs: number;
  deadline: ServerTime;
  /** Looks for what carries the mark, alive and as wanted, in a list that begins after the call. */
  find(): Promise<Resource | undefined>;
  post(options: { beforeSend: () => Promise<void> }): Promise<Resource>;
}

/** What one attempt tells the next: since when an answer is missing. Absent: nothing was ever sent in vain. */
interface Memory {
  unclearSince?: ServerTime;
}

/** Longer settle windows are spread over attempts, so that each ends well before its start-to-close time-out. */
const PATIENCE_MS = 60_000;

/**
 * Creates a thing exactly once, though OVH has no idempotency key and answers get lost: looks before it posts, posts
 * at most once per attempt, and after an unclear answer looks for the settle window before it posts again.
 */
export async function createOnce<Resource extends { id: string; name: string }>({
  kind,
  name,
  attempt,
  settleMs,
  deadline,
  find,
  post,
}: CreateOnce<Resource>): Promise<Created> {
  const memory = attempt.number === 1 ? {} : (attempt.recall<Memory>() ?? { unclearSince: attempt.now() });
  const created = ({ id, name }: Resource, outcome: Created['outcome']): Created => ({
    kind,
    id,
    name,
    outcome,
    unclear: memory.unclearSince !== undefined,
  });

  return attempt.beating(async () => {
    try {
      const found = await look();
      // After an unclear answer what is found is what this run made.
      if (found) return created(found, memory.unclearSince === undefined ? 'adopted' : 'created');
      if (attempt.number > 1 && attempt.now() > deadline)
        throw finalFailure(
          'DeadlineExceeded',
          `OVH did not create ${kind} ${name} in time`,
          memory.unclearSince !== undefined,
        );
      return created(await postOnce(), 'created');
    } catch (error) {
      attempt.remember(memory);
      throw toFailure(error, memory.unclearSince !== undefined);
    }
  });

  /** Before the first POST one look is enough; after an unclear answer only a look that began after the window. */
  async function look(): Promise<Resource | undefined> {
    for (;;) {
      const left = memory.unclearSince === undefined ? 0 : memory.unclearSince + settleMs - attempt.now();
      const found = await find();
      if (found || left <= 0) return found;
      if (attempt.elapsedMs() > PATIENCE_MS)
        throw notReady(`an answer of OVH is missing; looking for ${kind} ${name} before asking again`, 0);
      await attempt.sleep(Math.min(left, Math.max(200, settleMs / 20)));
    }
  }

  async function postOnce(): Promise<Resource> {
    try {
      return await post({ beforeSend: attempt.fence });
    } catch (error) {
      if (verdictOf(error).applied === 'maybe') memory.unclearSince = attempt.now();
      throw error;
    }
  }
}
