import type { Created, ResourceKind, ServerTime } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import type { MutateOptions } from '../ovh/index.ts';
import type { Attempt } from './attempt.ts';
import { finalFailure, notReady, toFailure, verdictOf } from './to-failure.ts';

export interface CreateOnce<Resource> {
  kind: ResourceKind;
  /** The name at OVH, for people. */
  name: string;
  attempt: Attempt;
  settleMs: number;
  deadline: ServerTime;
  /** When a look began that found nothing, before this act. */
  lookedAt: ServerTime | undefined;
  /** Looks for what carries the mark, alive and as wanted, in a list that begins after the call. */
  find(): Promise<Resource | undefined>;
  /** OVH answers with the thing itself or, from its regional calls, with an operation that will make it. */
  post(options: MutateOptions): Promise<Resource | { operationId: string }>;
  /** One look at such an operation: the id of what it made, or undefined while OVH works on it. */
  madeBy(operationId: string): Promise<string | undefined>;
  /** Whether OVH works on an operation, begun by then, that may yet make what a lost answer asked for. */
  isWorking(by: ServerTime): Promise<boolean>;
}

/** What a create is told of time: until when it may be tried, and when the run looked last. */
export type CreateWindow = { deadline: ServerTime; lookedAt?: ServerTime | undefined };

/** What one attempt tells the next. Empty: nothing was ever sent in vain. */
interface Memory {
  /** When an answer was lost. */
  unclearSince?: ServerTime;
  /** Since when lists could show what the lost answer made: later, when OVH has taken its time. */
  quietSince?: ServerTime;
  /** What OVH answered to the POST; all that is left to do is to follow it. */
  operationId?: string;
}

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
  lookedAt,
  find,
  post,
  madeBy,
  isWorking,
}: CreateOnce<Resource>): Promise<Created> {
  const memory: Memory = attempt.number === 1 ? {} : (attempt.recall<Memory>() ?? lost(attempt.now()));
  const isUnclear = () => memory.unclearSince !== undefined;
  const created = ({ id, name }: { id: string; name: string }, outcome: Created['outcome']): Created => ({
    kind,
    id,
    name,
    outcome,
    unclear: isUnclear(),
  });

  return attempt.beating(async () => {
    try {
      if (memory.operationId === undefined) {
        const found = wasJustLooked() ? undefined : await look(); // (rule 2)
        // After an unclear answer what is found is what this run made.
        if (found) return created(found, isUnclear() ? 'created' : 'adopted');
        if (attempt.number > 1) refuseIfLate();
        const posted = await postOnce();
        if (!('operationId' in posted)) return created(posted, 'created');
        memory.operationId = posted.operationId;
        attempt.remember(memory);
      }
      return created({ id: await follow(memory.operationId), name }, 'created');
    } catch (error) {
      attempt.remember(memory);
      throw toFailure(error, isUnclear() || memory.operationId !== undefined);
    }
  });

  /**
   * The baseline is the first look, and nothing was sent since. The run holds the node's lock: in so short a time nothing
   * of its mark comes up but what a count would find.
   */
  function wasJustLooked(): boolean {
    return attempt.number === 1 && lookedAt !== undefined && attempt.now() - lookedAt < timing.freshMs;
  }

  function refuseIfLate(): void {
    if (attempt.now() > deadline)
      throw finalFailure('DeadlineExceeded', `OVH did not create ${kind} ${name} in time`, isUnclear());
  }

  /** Before the first POST one look is enough; after an unclear answer only a look that began after the window. */
  async function look(): Promise<Resource | undefined> {
    for (;;) {
      const { unclearSince } = memory;
      if (unclearSince !== undefined && (await isWorking(unclearSince + settleMs)))
        memory.quietSince = attempt.now();
      const left = memory.quietSince === undefined ? 0 : memory.quietSince + settleMs - attempt.now();
      const found = await find();
      if (found || left <= 0) return found; // (rule 3)
      refuseIfLate();
      if (attempt.elapsedMs() > timing.patienceMs)
        throw notReady(`an answer of OVH is missing; looking for ${kind} ${name} before asking again`, 0);
      await attempt.sleep(Math.min(left, Math.max(200, settleMs / 20)));
    }
  }

  async function postOnce(): Promise<Resource | { operationId: string }> {
    try {
      return await post(attempt.sending);
    } catch (error) {
      if (verdictOf(error).applied === 'maybe') Object.assign(memory, lost(attempt.now()));
      throw error;
    }
  }

  /** An order that OVH has taken is followed also by a run that is cancelled: what it makes must be known to be undone. */
  async function follow(operationId: string): Promise<string> {
    for (;;) {
      const id = await madeBy(operationId);
      if (id !== undefined) return id;
      refuseIfLate();
      if (attempt.elapsedMs() > timing.patienceMs)
        throw notReady(`OVH works on ${kind} ${name} (operation ${operationId})`, 1000);
      await attempt.rest(Math.min(1000, settleMs / 5));
    }
  }
}

function lost(now: ServerTime): Memory {
  return { unclearSince: now, quietSince: now };
}
