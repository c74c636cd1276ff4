import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { FailureType, ServerTime } from '../contract/index.ts';
import type { Attempt } from './attempt.ts';
import { finalFailure, notReady, toFailure, verdictOf } from './to-failure.ts';
import { pauseBeforeLook, type UsualTimes } from './usual-times.ts';

/** A wait is data: how to look, what a look means, and until when. */
export interface WaitFor<Seen, Result> {
  attempt: Attempt;
  /** `instance web-1-k3f9x2ab`. */
  subject: string;
  since: ServerTime;
  deadline: ServerTime;
  /** Undefined: OVH says 404. */
  look(): Promise<Seen | undefined>;
  judge(seen: Seen): Judgement<Result> | Promise<Judgement<Result>>;
  /** What it means that the thing is gone. */
  gone: FailureType;
  settleMs: number;
  /** What is known of how long it takes, where that can be learned. */
  usually?: {
    /** The state that is waited for, `ACTIVE`. */
    wanted: string;
    times: UsualTimes;
    /** What takes a time of its own, such as a flavor in a region. */
    kindOf(seen: Seen): string;
  };
}

/** A state that is neither wanted nor final is pending, also one that nobody has heard of. */
export type Judgement<Result> =
  { done: Result } | { pending: string } | { failed: FailureType; message: string };

const SLICE_MS = 50_000;
/** The first slice is short, so that the first message appears early. */
const FIRST_SLICE_MS = 5000;

/**
 * Looks until the thing is ready, for at most 50 s; then throws a NotReady that says what a person wants to know. A
 * failed look never fails the wait: only a look that succeeds and finds a final state, a definite rejection, or a
 * deadline that has passed by a look that succeeds.
 */
export async function waitFor<Seen, Result>(wait: WaitFor<Seen, Result>): Promise<Result> {
  const { attempt, subject, since, deadline } = wait;
  const sliceMs = attempt.number === 1 ? FIRST_SLICE_MS : SLICE_MS;
  let missing: ServerTime | undefined;
  let kind: string | undefined;
  let pendingAt: ServerTime | undefined;
  for (;;) {
    const said = await lookOnce();
    if ('done' in said) {
      learn();
      return said.done;
    }
    if ('failed' in said) throw finalFailure(said.failed, said.message);
    const usual = kind === undefined ? undefined : wait.usually?.times.of(kind);
    const pause = said.retryMs ?? pauseBeforeLook(attempt.now() - since, usual);
    if (attempt.elapsedMs() + pause > sliceMs)
      throw notReady(usual ? `${said.pending}, ${usuallyAfter(usual.median)}` : said.pending, pause);
    await attempt.sleep(pause);
  }

  async function lookOnce(): Promise<Judgement<Result> & { retryMs?: number; pending?: string }> {
    try {
      const began = attempt.now();
      const seen = await wait.look();
      missing = seen === undefined ? (missing ?? began) : undefined;
      if (seen !== undefined) kind = wait.usually?.kindOf(seen);
      const judgement = seen === undefined ? judgeMissing(began) : await wait.judge(seen);
      if ('pending' in judgement) pendingAt = began;
      if ('pending' in judgement && attempt.now() > deadline)
        return { failed: 'DeadlineExceeded', message: `${judgement.pending}, and the deadline has passed` };
      return judgement;
    } catch (error) {
      if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
      const { final, retryMs, advice } = verdictOf(error);
      if (final) throw toFailure(error, false);
      const pending = [`${subject}: ${(error as Error).message}`, advice].filter(Boolean).join('; ');
      return { pending, ...(retryMs !== undefined && { retryMs }) };
    }
  }

  /** It became ready between the last two looks. Who finds it ready at once has not seen how long it took. */
  function learn(): void {
    if (kind === undefined || pendingAt === undefined) return;
    wait.usually?.times.learn(kind, (pendingAt + attempt.now()) / 2 - since);
  }

  function usuallyAfter(ms: number): string {
    return `usually ${wait.usually?.wanted} after ${Math.max(1, Math.round(ms / 1000))} s`;
  }

  /** A 404 right after create is not "gone": lists and nodes of OVH's may lag. One that lasts is. */
  function judgeMissing(now: ServerTime): Judgement<Result> {
    const patience = Math.min(wait.settleMs, 30_000);
    const lasts = missing !== undefined && now - missing >= patience && now - since > wait.settleMs;
    return lasts
      ? { failed: wait.gone, message: `${subject} is gone: somebody deleted it while it was being built` }
      : { pending: `${subject} is not visible yet` };
  }
}

/** `is BUILD for 42 s`. */
export function isFor(status: string, since: ServerTime, now: ServerTime): string {
  return `is ${status} for ${Math.max(0, Math.round((now - since) / 1000))} s`;
}
