import type { Created, Identifier, ResourceKind, ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import type { MutateOptions } from '../../ovh/index.ts';
import type { Attempt } from './attempt.ts';
import { UnclearWindow } from './settle-window.ts';
import { finalFailure, notReady, toFailure, verdictOf } from './to-failure.ts';

/** What is known of a thing once OVH has answered. */
export type Named = Pick<Identifier, 'id' | 'name'>;

interface CreateOnce {
  kind: ResourceKind;
  /** What the thing is called at OVH, for messages. */
  name: string;
  attempt: Attempt<CreateMemory>;
  settleMs: number;
  deadline: ServerTime;
  /** When a look began that found nothing, before this act. */
  lookedAt: ServerTime | undefined;
  /**
   * Looks for the run's own, in a list that begins after the call, and for what others have made in its place. Before an
   * answer is missing (`isUnclear`) nothing that is there was made by this step.
   */
  find(isUnclear: boolean): Promise<Found>;
  /** OVH answers with the thing itself or, from its regional calls, with an operation that will make it. */
  post(options: MutateOptions): Promise<Named | { operationId: string }>;
  /** One look at such an operation: what it made, or undefined while OVH works on it. */
  madeBy(operationId: string): Promise<Named | undefined>;
  /** Whether OVH works on an operation, begun by then, that may yet make what a lost answer asked for. */
  isWorking(by: ServerTime): Promise<boolean>;
  /** Whether what such an operation made is what was asked for. Default: it has the name. */
  isOurs?(made: Named): Promise<boolean>;
}

export interface Found {
  /** An alive thing that an earlier POST of this run made: its name ends in the run's sign. */
  own: Named | undefined;
  /** Alive things of the same node in the same place which another run made after this one's baseline. */
  others: Identifier[];
}

/** What a create is told of time: until when it may be tried, and when the run looked last. */
export type CreateWindow = { deadline: ServerTime; lookedAt?: ServerTime | undefined };

/** What one attempt tells the next. Empty while no POST of this step has had an unclear answer. */
export interface CreateMemory {
  /** When the answer to a POST was lost: from here on OVH may hold what it asked for. */
  unclearSince: ServerTime;
  /** Since when lists could show what the lost answer made: later, when OVH has taken its time. */
  quietSince: ServerTime;
  /** What OVH answered to the POST; all that is left to do is to follow it. */
  operationId: string;
  /** Of an attempt that looks: what it asks OVH for it asks no earlier. */
  sendsFrom: ServerTime;
}

/**
 * Creates a thing exactly once, though OVH has no idempotency key and answers get lost: looks before it posts, posts
 * at most once per attempt, and after an unclear answer looks for the settle window before it posts again. What it finds
 * is its own only by its name, which ends in the sign of the run; beside what somebody else has made it makes nothing.
 *
 * @throws GaveWay where somebody else's stands in its place
 */
export async function createOnce({
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
  isOurs = async (made) => made.name === name,
}: CreateOnce): Promise<Created> {
  const memory: Partial<CreateMemory> = attempt.isFirst ? {} : recalled(attempt);
  const isUnclear = () => memory.unclearSince !== undefined;
  const created = (made: Named): Created => ({ kind, id: made.id, name: made.name, unclear: isUnclear() });

  return attempt.beating(async () => {
    try {
      if (memory.operationId === undefined) {
        const found = wasJustLooked() ? undefined : await look(); // (rule 2)
        if (found) return created(found);
        if (!attempt.isFirst) refuseIfLate();
        const posted = await postOnce();
        if (!('operationId' in posted)) return created(posted);
        memory.operationId = posted.operationId;
        delete memory.sendsFrom;
        attempt.remember(memory);
      }
      return created(await follow(memory.operationId));
    } catch (error) {
      delete memory.sendsFrom;
      attempt.remember(memory);
      throw toFailure(error, isUnclear() || memory.operationId !== undefined);
    }
  });

  /**
   * The baseline is the first look, and nothing was sent since. The run holds the node's lock: in so short a time nothing
   * of its mark comes up but what a count would find.
   */
  function wasJustLooked(): boolean {
    return attempt.isFirst && lookedAt !== undefined && attempt.ageOf(lookedAt) < timing.freshMs;
  }

  function refuseIfLate(): void {
    if (attempt.now() > deadline)
      throw finalFailure('DeadlineExceeded', `OVH did not create ${kind} ${name} in time`);
  }

  /** Before the first POST one look is enough; after an unclear answer only a look that began after the window. */
  async function look(): Promise<Named | undefined> {
    for (;;) {
      const window = await unclearWindow();
      const began = attempt.now();
      const { own, others } = await find(isUnclear());
      if (own) return own;
      if (!window || window.isOver(began)) return noOther(others); // (rule 3)
      refuseIfLate();
      if (attempt.elapsedMs() > timing.patienceMs)
        throw notReady(
          `an answer of OVH is missing; looking for ${kind} ${name} before asking again`,
          timing.soonMs,
        );
      await attempt.sleep(Math.min(window.leftMs(attempt.now()), Math.max(200, settleMs / 20)));
    }
  }

  /** Undefined while no answer of OVH is missing. It begins again as long as OVH works on what may be ours. */
  async function unclearWindow(): Promise<UnclearWindow | undefined> {
    const { unclearSince, quietSince = unclearSince } = memory;
    if (unclearSince === undefined || quietSince === undefined) return undefined;
    const window = new UnclearWindow({ settleMs, unclearSince, quietSince, isWorking });
    await window.notice(attempt.now());
    memory.quietSince = window.openedAt;
    const isSaid = memory.sendsFrom !== undefined;
    memory.sendsFrom = window.endsAt;
    if (isSaid) attempt.carry(memory);
    else attempt.remember(memory);
    return window;
  }

  function noOther(others: Identifier[]): undefined {
    const [other] = others;
    if (other) throw finalFailure('GaveWay', givingWaySentence([other]));
  }

  async function postOnce(): Promise<Named | { operationId: string }> {
    try {
      return await post(attempt.sending);
    } catch (error) {
      if (verdictOf(error).applied === 'maybe') Object.assign(memory, lost(attempt.now()));
      throw error;
    }
  }

  /** The answer was mixed up: the order is somebody else's, and what became of ours nobody has said. */
  function answerOfAnother(operationId: string, made: Named): Error {
    Object.assign(memory, { operationId: undefined, ...lost(attempt.now()) });
    return notReady(
      `OVH's operation ${operationId} made ${made.name} (${made.id}), not ${kind} ${name}: its answer was another's`,
      timing.soonMs,
    );
  }

  /** An operation of which OVH knows nothing was somebody else's, in another project: what became of ours nobody has said. */
  async function orUnknown(operationId: string): Promise<Named | undefined> {
    try {
      return await madeBy(operationId);
    } catch (error) {
      if (verdictOf(error).final !== 'OvhNotFound') throw error;
      Object.assign(memory, { operationId: undefined, ...lost(attempt.now()) });
      throw notReady(
        `OVH does not know the operation ${operationId} that it answered with; looking again`,
        timing.soonMs,
      );
    }
  }

  /** An order that OVH has taken is followed also by a run that is cancelled: what it makes must be known to be undone. */
  async function follow(operationId: string): Promise<Named> {
    for (;;) {
      const made = await orUnknown(operationId);
      if (made && (await isOurs(made))) return made;
      if (made) throw answerOfAnother(operationId, made);
      refuseIfLate();
      if (attempt.elapsedMs() > timing.patienceMs)
        throw notReady(`OVH works on ${kind} ${name} (operation ${operationId})`, timing.soonMs);
      await attempt.rest(Math.min(timing.soonMs, settleMs / 5));
    }
  }
}

/** `instance web-1-k3f9x2ab-q7mz4c (1f…), which this run did not make, stands`. */
export function givingWaySentence(others: Identifier[]): string {
  const named = others.map(({ kind, name, id }) => `${kind} ${name} (${id})`).join(', ');
  return `${named}, which this run did not make, ${others.length === 1 ? 'stands' : 'stand'}; this run has made way for it`;
}

/** An attempt that died before it could say how it ended may have sent a request, unless it died before it was to send one. */
function recalled(attempt: Attempt<CreateMemory>): Partial<CreateMemory> {
  const told = attempt.recall();
  // One that has ended in order has no `sendsFrom`, and this one has not said its own yet.
  const { sendsFrom, ...said } = told ?? {};
  const mayHaveSent = !told || (sendsFrom !== undefined && !attempt.wasOverBefore(sendsFrom)); // (rule 3e)
  const memory: Partial<CreateMemory> = mayHaveSent ? lost(attempt.now(), timing.underWayMs) : said; // (rule 3d)
  const { unclearSince, quietSince = unclearSince } = memory;
  if (unclearSince === undefined || quietSince === undefined) return memory;
  // From its death until now nobody has looked whether OVH works on what the lost answer asked for.
  const unseenUntil = sendsFrom === undefined ? quietSince : attempt.now();
  const quiet = Math.max(attempt.noted(quietSince), unseenUntil);
  return { ...memory, unclearSince: attempt.noted(unclearSince), quietSince: quiet }; // (rule 3q)
}

/** @param underWayMs For so long the request may still be on its way: the worker that sent it has died. */
function lost(now: ServerTime, underWayMs = 0): Pick<CreateMemory, 'unclearSince' | 'quietSince'> {
  return { unclearSince: now, quietSince: now + underWayMs };
}
