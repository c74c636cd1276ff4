import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Created, FailureType, Identifier, ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import type { StepFailureType } from '../../contract/wire.ts';
import { SettleWindow } from '../exactly-once/settle-window.ts';
import type { Attempt } from '../exactly-once/attempt.ts';
import { finalFailure, notReady, toFailure, verdictOf } from '../exactly-once/to-failure.ts';
import { pauseBeforeLook, type Usual, type UsualTimes } from './usual-times.ts';

/** A wait is data: how to look, what a look means, and until when. */
export interface WaitFor<Seen, Result> {
  attempt: Attempt;
  /** `instance web-1-k3f9x2ab-q7mz4c`. */
  subject: string;
  since: ServerTime;
  deadline: ServerTime;
  /** Looks after so many milliseconds, or earlier with somebody else. Undefined: OVH says 404. */
  look(withinMs: number): Promise<Seen | undefined>;
  judge(seen: Seen): Judgement<Result> | Promise<Judgement<Result>>;
  /** What the wait ends with where OVH says 404 for longer than its lists may lag. */
  gone: FailureType;
  settleMs: number;
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
  /** How many are answered by one look. */
  sharers(): number;
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

/**
 * Looks until the thing is ready, for a slice of time; then throws a NotReady that says what a person wants to know. A
 * failed look never fails the wait: only a look that succeeds and finds a final state, a definite rejection, or a
 * deadline that has passed by a look that succeeds.
 */
export async function waitFor<Seen, Result>(wait: WaitFor<Seen, Result>): Promise<Result> {
  const { attempt, subject, since, deadline, usually } = wait;
  const beganMs = attempt.now() - since;
  let kind = usually?.kind;
  let missing: ServerTime | undefined;
  let pendingMs: number | undefined;
  const isPrompt = kind !== undefined && beganMs < pauseNow(0) + timing.promptMs;
  const sliceMs = attempt.number === 1 && usual() === undefined ? timing.firstSliceMs : timing.sliceMs;
  // What was there before this run, or was left by an earlier attempt, is looked at at once.
  let pause = kind !== undefined && attempt.number === 1 ? pauseNow() : 0;
  let pending = `OVH was asked for ${subject} just now`;
  let ovhStatus: string | null = null;
  for (;;) {
    if (attempt.elapsedMs() + pause > sliceMs) throw waits(pause);
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

  async function lookAfter(ms: number): Promise<Judgement<Result> & { retryMs?: number }> {
    try {
      const seen = await wait.look(ms);
      const now = attempt.now();
      missing = seen === undefined ? (missing ?? now) : undefined;
      if (seen !== undefined) kind = usually?.kindOf(seen);
      const judgement = seen === undefined ? judgeMissing(now) : await wait.judge(seen);
      if ('pending' in judgement) pendingMs = now - since;
      if ('pending' in judgement && now > deadline)
        return { failed: 'DeadlineExceeded', message: `${judgement.pending}, and the deadline has passed` };
      return judgement;
    } catch (error) {
      if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
      const { final, retryMs, advice } = verdictOf(error);
      if (final) throw toFailure(error, false);
      const sentence = [`${subject}: ${(error as Error).message}`, advice].filter(Boolean).join('; ');
      return { pending: sentence, ...(retryMs !== undefined && { retryMs }) };
    }
  }

  function usual(): Usual | undefined {
    return kind === undefined ? undefined : usually?.times.of(kind);
  }

  function pauseNow(elapsedMs = attempt.now() - since): number {
    const { firstMs = 0, sharers = () => 1 } = usually ?? {};
    const pause = pauseBeforeLook(elapsedMs, { usual: usual(), firstMs, sharers: sharers() });
    const untilDeadline = deadline - since - elapsedMs;
    return untilDeadline > 0 ? Math.min(pause, untilDeadline + 1) : pause;
  }

  /** Learns how long the thing took, unless it was ready at the first look of an attempt that began late: then nobody knows. */
  function learn(): void {
    if (kind === undefined || (pendingMs === undefined && !isPrompt)) return;
    usually?.times.learn(kind, { pendingMs, readyMs: attempt.now() - since });
  }

  function waits(nextMs: number): Error {
    const expectedMs = usual()?.medianMs ?? null;
    const seconds = Math.max(1, Math.round((expectedMs ?? 0) / 1000));
    const usualTime = expectedMs === null ? '' : `, usually ${usually?.wanted} after ${seconds} s`;
    return notReady(`${pending}${usualTime}`, nextMs, {
      ovhStatus,
      expectedMs: expectedMs === null ? null : Math.round(expectedMs),
    });
  }

  /** A 404 right after create is not "gone": lists and nodes of OVH's may lag. One that lasts is. */
  function judgeMissing(now: ServerTime): Judgement<Result> {
    const patience = Math.min(wait.settleMs, timing.missingMs);
    const isSettled = new SettleWindow(wait.settleMs, since).isOver(now);
    const lasts = isSettled && missing !== undefined && now - missing >= patience;
    return lasts
      ? { failed: wait.gone, message: `${subject} is gone: somebody deleted it while it was being built` }
      : { pending: `${subject} is not visible yet` };
  }
}

/** `is BUILD for 42 s`. */
export function isFor(status: string, since: ServerTime, now: ServerTime): string {
  return `is ${status} for ${Math.max(0, Math.round((now - since) / 1000))} s`;
}
