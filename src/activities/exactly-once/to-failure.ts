import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { FailureCause, FailureType } from '../../contract/index.ts';
import { required } from '../../contract/required.ts';
import { timing } from '../../contract/timing.ts';
import {
  isOfType,
  stepDetails,
  type RetriedType,
  type StepDetails,
  type StepFailureType,
  type WaitDetails,
} from '../../contract/wire.ts';
import { errorOf, messageOf } from '../../contract/unknown.ts';
import {
  OvhApiError,
  OvhConfigError,
  OvhError,
  OvhNetworkError,
  OvhSchemaError,
  isCredentialRefusal,
} from '../../ovh/index.ts';

/** What an error of OVH's means. */
export interface Verdict {
  /** `no` only where the answer proves that the request was not applied. */
  applied: 'no' | 'maybe';
  /** The failure that it ends the step with; null: try again. */
  final: FailureType | null;
  /** What the attempt fails with where it is tried again; absent: `OvhUnavailable`. */
  retried?: RetriedType;
  /** When to try again, in milliseconds; absent: as the retry policy says. */
  retryMs?: number;
  /** What a person has to do. */
  advice?: string;
}

const CREDENTIALS: Verdict = {
  applied: 'no',
  final: null, // (rule 10)
  retried: 'CredentialsRefused',
  retryMs: timing.credentialsMs,
  advice: 'renew the OVH credentials of this worker; it reads them again every 30 s and goes on by itself',
};

type Row = [name: string, matches: (error: OvhApiError) => boolean, verdict: Verdict];

/**
 * The one place that decides what is final, first match first. Sources: OVH's error bodies as they were seen,
 * OpenStack's for quotas.
 */
const TABLE: Row[] = [
  ['not OVH that speaks: a proxy, a load balancer', (e) => !e.fromOvh, { applied: 'maybe', final: null }],
  ['took too long', (e) => e.status === 408, { applied: 'maybe', final: null }],
  ['OVH is in trouble', (e) => e.status >= 500 || e.status < 400, { applied: 'maybe', final: null }],
  ['too many requests', (e) => e.status === 429, { applied: 'no', final: null }],
  ['credentials expired', isCredentialRefusal, CREDENTIALS],
  ['quota', (e) => /quota/i.test(`${e.ovhClass} ${e.message}`), { applied: 'no', final: 'QuotaExceeded' }],
  ['right is missing', isForbidden, { applied: 'no', final: 'OvhForbidden' }],
  ['not there', (e) => e.status === 404, { applied: 'no', final: 'OvhNotFound' }],
  ['refused', () => true, { applied: 'no', final: 'OvhRejected' }],
];

function isForbidden({ status, errorCode, ovhClass }: OvhApiError): boolean {
  return status === 403 || errorCode === 'NOT_GRANTED_CALL' || ovhClass === 'Client::Forbidden';
}

export function verdictOf(error: unknown): Verdict {
  if (error instanceof OvhApiError) {
    const [, , verdict] = required(
      TABLE.find(([, matches]) => matches(error)),
      'the last row of the table',
    );
    return error.retryAfterMs === undefined ? verdict : { ...verdict, retryMs: error.retryAfterMs };
  }
  if (error instanceof OvhNetworkError) return { applied: error.sent ? 'maybe' : 'no', final: null };
  if (error instanceof OvhConfigError) return CREDENTIALS;
  if (error instanceof OvhSchemaError) return { applied: 'maybe', final: null };
  // What the fence throws, and what we throw on purpose, comes before anything is sent.
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure)
    return { applied: 'no', final: null };
  return { applied: 'maybe', final: null };
}

/**
 * An OVH error, or any other, as the Temporal failure that retries or ends the step. `unclear`: an answer of OVH's is
 * missing, of this request or of one before it, whatever ends the step now.
 */
export function toFailure(
  error: unknown,
  unclear: boolean,
  { final, retried = 'OvhUnavailable', retryMs, advice }: Verdict = verdictOf(error),
): Error {
  if (!(error instanceof OvhError)) {
    const own = error instanceof ApplicationFailure ? stepDetails(error) : undefined;
    if (own) own.unclear ||= unclear;
    return errorOf(error);
  }
  return ApplicationFailure.create({
    type: final ?? retried,
    nonRetryable: final !== null, // (rule 9)
    message: advice ? `${error.message}; ${advice}` : error.message,
    details: [{ cause: causeOf(error), unclear } satisfies StepDetails],
    ...(retryMs !== undefined && { nextRetryDelay: notZero(retryMs) }),
  });
}

/** Of a look before anything is done: it is tried again whatever OVH says, unless the right to look is missing. */
export function lookFailure(error: unknown): Error {
  const verdict = verdictOf(error);
  const isForbidden = verdict.final === 'OvhForbidden';
  return toFailure(error, false, isForbidden ? verdict : { ...verdict, final: null });
}

/** Of a look that a rollback waits for: no answer of OVH's ends it, not even that a right is missing. */
export async function untilAllowed<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw toFailure(error, false, { ...verdictOf(error), final: null });
  }
}

/**
 * A failure of our own that ends the step. What is thrown within an act is given `unclear` by `toFailure`. A floating IP's says
 * it itself: it may come of a look into a refusal, past `toFailure`; and each attempt after the first counts as unclear there,
 * also where `createOnce` knows that nothing was sent. Were it left out, an undo would wait for less.
 */
export function finalFailure(
  type: FailureType | StepFailureType,
  message: string,
  unclear = false,
): ApplicationFailure {
  const cause: FailureCause = { status: null, ovhClass: null, message, queryId: null };
  const details: StepDetails = { cause, unclear };
  return ApplicationFailure.create({ type, message, nonRetryable: true, details: [details] });
}

/** What somebody asked for, checked: what the check throws is told as InvalidSpec. */
export function orInvalidSpec<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw finalFailure('InvalidSpec', messageOf(error));
  }
}

/** Not yet, and nothing is wrong: no warning in logs, and the message is what a person wants to know. */
export function notReady(message: string, nextRetryDelayMs: number, wait?: WaitDetails): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotReady' satisfies RetriedType,
    message,
    nextRetryDelay: notZero(nextRetryDelayMs),
    category: ApplicationFailureCategory.BENIGN,
    ...(wait && { details: [wait] }),
  });
}

/** Temporal takes a delay of zero for no further attempt, and the step would fail. */
function notZero(delayMs: number): number {
  return Math.max(1, delayMs);
}

/** Nothing was sent, and somebody else takes over: another attempt, or another worker. */
export function givenBack(
  type: Extract<RetriedType, 'Interrupted' | 'WrongWorker'>,
  message: string,
  nextRetryDelayMs?: number,
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    ...(nextRetryDelayMs !== undefined && { nextRetryDelay: nextRetryDelayMs }),
  });
}

/** Something is missing on the worker, and nothing is wrong with the node. */
export function workerFault(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerFault' satisfies RetriedType,
    message: `${message}; the run goes on once that is mended`,
    nextRetryDelay: timing.longestRetryMs,
  });
}

/** What was there at the preflight, and is not on the worker that needs it now, is that worker's fault. */
export async function orWorkerFault<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || !isOfType(error, 'PreflightFailed')) throw error;
    throw workerFault(error.message);
  }
}

function causeOf(error: OvhError): FailureCause {
  const api = error instanceof OvhApiError ? error : undefined;
  return {
    status: api?.status ?? null,
    ovhClass: api?.ovhClass ?? api?.errorCode ?? null,
    message: error.message,
    queryId: api?.queryId ?? null,
  };
}
