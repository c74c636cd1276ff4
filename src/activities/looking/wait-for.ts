import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Created, FailureType, Identifier, ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import type { StepFailureType, WaitDetails } from '../../contract/wire.ts';
import { messageOf } from '../../contract/unknown.ts';
import { SettleWindow } from '../exactly-once/settle-window.ts';
import { firstBeatMs, type Attempt } from '../exactly-once/attempt.ts';
import { finalFailure, notReady, toFailure, verdictOf } from '../exactly-once/to-failure.ts';
import { pauseBeforeLook, type Usual, type UsualTimes } from './usual-times.ts';

/** A wait is data: how to look, what a look means, and until when. */
interface WaitFor<Seen, Result> {
  attempt: Attempt;
  /** `instance web-1-k3f9x2ab-q7mz4c`. */
  subject: string;
  since: ServerTime;
  deadline: ServerTime;
  /** Looks after so many milliseconds, or earlier with somebody else. Undefined: OVH says 404. */
  look(withinMs: number): Promise<Seen | undefined>;
  /**
   * The thing in the list where it would be, or else by its id: whoever is refused the list is told nothing by a 404, and once
   * OVH shows the rest, what it said before that may have been of the whole project.
   */
  confirm?: () => Promise<Seen | undefined>;
  judge(seen: Seen): Judgement<Result> | Promise<Judgement<Result>>;
  /** What the wait ends with where OVH says 404 for longer than its lists may lag. */
  gone: FailureType;
  settleMs: number;
  /** Part of an act, which beats by itself: when it gives up, in milliseconds since the attempt began. */
  turnMs?: number | undefined;
  /** What is known of how long it takes, where that can be learned. */
  usually?: Usually<Seen>;
}

interface Usually<Seen> {
  /** The state that is waited for, `ACTIVE`. */
  wanted: string;
  times: UsualTimes;
  /** What takes a time of its own, such as a flavor in a region. */
  kindOf(seen: Seen): string;
  /** The same kind, for a thing that was asked for just now: it is first looked at when it may be ready. */
  kind: string | undefined;
  /** When to look for the first time where nothing is known. */
  firstMs: number;
  /** How many are answered by one look, */
  sharers(): number;
  /** and how many workers look for their own: together they look as often as one would. */
  lookers(): number;
}

/** What is waited for: what a create has answered, or what was there. */
export type Ordered = Pick<Identifier, 'id' | 'name'> & Partial<Pick<Created, 'unclear'>>;

/** OVH was asked for it just now, so it can be known when it is worth a look. */
export function isOrdered({ unclear }: Ordered): boolean {
  return unclear === false;
}

/** A state that is neither wanted nor final is pending, also one that nobody has heard of. */
export type Judgement<Result> =
  | { done: Result }
  /** Why, as a sentence, and OVH's own word where it has one. */
  | { pending: string; ovhStatus?: string }
  | { failed: FailureType | StepFailureType; message: string };

/** Where so many wait in one process, none of them keeps its place for long: others wait for a place. */
const CROWD = 500;

/**
 * Looks until the thing is ready, and says with each heartbeat what a person wants to know; after a turn of minutes another
 * attempt goes on. A failed look never fails the wait: only a look that succeeds and finds a final state, a definite rejection, or a
 * deadline that has passed by a look that succeeds.
 */
export async function waitFor<Seen, Result>(wait: WaitFor<Seen, Result>): Promise<Result> {
  const { attempt, subject, since, deadline, usually } = wait;
  const beganMs = attempt.now() - since;
  let kind = usually?.kind;
  let missing: ServerTime | undefined;
  let pendingMs: number | undefined;
  const isPrompt = kind !== undefined && beganMs < pauseNow(0) + timing.promptMs;
  // What was there before this run, or was left by an earlier attempt, is looked at at once.
  let pause = kind !== undefined && attempt.number === 1 ? pauseNow() : 0;
  let pending = `OVH was asked for ${subject} just now`;
  let ovhStatus: string | null = null;
  // Somebody may look early, and is told early what nobody knows beforehand; but each beat is an Action, and one before the
  // thing may be ready would say nothing. What others look at earlier, in a crowd, makes it no more worth telling.
  const mayBeReadyMs = pause > 0 ? (usually?.firstMs ?? 0) - beganMs : 0;
  const tellsEarly = usual() === undefined && mayBeReadyMs < timing.firstTellMs;
  const firstMs = tellsEarly ? firstBeatMs(attempt) : timing.tellMs;
  return wait.turnMs === undefined ? attempt.waiting(firstMs, lookOn) : lookOn();

  async function lookOn(): Promise<Result> {
    for (;;) {
      attempt.says(sentence(), details());
      if (attempt.elapsedMs() + pause > turnMs()) throw notReady(sentence(), pause, details());
      const said = await lookAfter(pause);
      if ('done' in said) {
        learn();
        return said.done;
      }
      if ('failed' in said) throw finalFailure(said.failed, said.message);
      ({ pending } = said);
      ovhStatus = said.ovhStatus ?? ovhStatus;
      pause = said.retryMs ?? pauseNow();
    }
  }

  function turnMs(): number {
    if (wait.turnMs !== undefined) return wait.turnMs;
    const isCrowded = (usually?.sharers() ?? 0) > CROWD;
    return isCrowded ? Math.min(timing.tellMs, attempt.turnMs) : attempt.turnMs;
  }

  async function lookAfter(ms: number): Promise<Judgement<Result> & { retryMs?: number }> {
    try {
      const seen = await wait.look(ms);
      const now = attempt.now();
      missing = seen === undefined ? (missing ?? now) : undefined;
      if (seen !== undefined) kind = usually?.kindOf(seen);
      const judgement = seen === undefined ? await judgeMissing(now) : await wait.judge(seen);
      if ('pending' in judgement) pendingMs = now - since;
      if ('pending' in judgement && now > deadline)
        return { failed: 'DeadlineExceeded', message: `${judgement.pending}, and the deadline has passed` };
      return judgement;
    } catch (error) {
      if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
      const { final, retryMs, advice } = verdictOf(error);
      // The 404 of a thing is a look that succeeds; this one is of the project, to a key of another account.
      if (final && final !== 'OvhNotFound') throw toFailure(error, false);
      const why = [`${subject}: ${messageOf(error)}`, advice].filter(Boolean).join('; ');
      return { pending: why, ...(retryMs !== undefined && { retryMs }) };
    }
  }

  function usual(): Usual | undefined {
    return kind === undefined ? undefined : usually?.times.of(kind);
  }

  function pauseNow(elapsedMs = attempt.now() - since): number {
    const { firstMs = 0, sharers = () => 1, lookers = () => 1 } = usually ?? {};
    const shared = Math.max(1, sharers() / lookers());
    const pause = pauseBeforeLook(elapsedMs, { usual: usual(), firstMs, sharers: shared });
    const untilDeadline = deadline - since - elapsedMs;
    return untilDeadline > 0 ? Math.min(pause, untilDeadline + 1) : pause;
  }

  /** Learns how long the thing took, unless it was ready at the first look of an attempt that began late: then nobody knows. */
  function learn(): void {
    if (kind === undefined || (pendingMs === undefined && !isPrompt)) return;
    usually?.times.learn(kind, { pendingMs, readyMs: attempt.now() - since });
  }

  function sentence(): string {
    const medianMs = usual()?.medianMs;
    if (medianMs === undefined) return pending;
    const seconds = Math.max(1, Math.round(medianMs / 1000));
    return `${pending}, usually ${usually?.wanted} after ${seconds} s`;
  }

  function details(): WaitDetails {
    const medianMs = usual()?.medianMs;
    return { ovhStatus, expectedMs: medianMs === undefined ? null : Math.round(medianMs) };
  }

  /** A 404 right after create is not "gone": lists and nodes of OVH's may lag. One that lasts is, where OVH shows the rest. */
  async function judgeMissing(now: ServerTime): Promise<Judgement<Result>> {
    const patience = Math.min(wait.settleMs, timing.missingMs);
    const isSettled = new SettleWindow(wait.settleMs, since).isOver(now);
    const lasts = isSettled && missing !== undefined && now - missing >= patience;
    if (!lasts) return { pending: `${subject} is not visible yet` };
    const seen = await wait.confirm?.();
    if (seen !== undefined) {
      missing = undefined;
      return wait.judge(seen);
    }
    return { failed: wait.gone, message: `${subject} is gone: somebody deleted it while it was being built` };
  }
}

/** `is BUILD for 42 s`. */
export function isFor(status: string, since: ServerTime, now: ServerTime): string {
  return `is ${status} for ${Math.max(0, Math.round((now - since) / 1000))} s`;
}
