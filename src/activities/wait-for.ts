import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { FailureType, ServerTime } from '../contract/index.ts';
import type { Attempt } from './attempt.ts';
import { finalFailure, notReady, toFailure, verdictOf } from './to-failure.ts';

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
  for (;;) {
    const said = await lookOnce();
    if ('done' in said) return said.done;
    if ('failed' in said) throw finalFailure(said.failed, said.message);
    // Looking costs a call: the longer it has taken, the longer the next look may wait.
    const pause = said.retryMs ?? Math.min(10_000, Math.max(250, (attempt.now() - since) * 0.12));
    if (attempt.elapsedMs() + pause > sliceMs) throw notReady(said.pending, pause);
    await attempt.sleep(pause);
  }

  async function lookOnce(): Promise<Judgement<Result> & { retryMs?: number; pending?: string }> {
    try {
      const began = attempt.now();
      const seen = await wait.look();
      missing = seen === undefined ? (missing ?? began) : undefined;
      const judgement = seen === undefined ? judgeMissing(began) : await wait.judge(seen);
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
