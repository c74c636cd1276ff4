import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { FailureCause, FailureType } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import type { RetriedType, StepDetails, StepFailureType, WaitDetails } from '../../contract/wire.ts';
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
  /** When to try again, in milliseconds; absent: as the retry policy says. */
  retryMs?: number;
  /** What a person has to do. */
  advice?: string;
}

const RENEW =
  'renew the OVH credentials of this worker; it reads them again every 30 s and goes on by itself';

const CREDENTIALS: Verdict = { applied: 'no', final: null, retryMs: timing.credentialsMs, advice: RENEW }; // (rule 10)

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
    const [, , verdict] = TABLE.find(([, matches]) => matches(error)) as Row;
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

/** An OVH error, or any other, as the Temporal failure that retries or ends the step. */
export function toFailure(
  error: unknown,
  unclear: boolean,
  { final, retryMs, advice }: Verdict = verdictOf(error),
): Error {
  if (!(error instanceof OvhError)) return error as Error;
  return ApplicationFailure.create({
    type: final ?? ('OvhUnavailable' satisfies RetriedType),
    nonRetryable: final !== null, // (rule 9)
    message: advice ? `${error.message}; ${advice}` : error.message,
    details: [{ cause: causeOf(error), unclear } satisfies StepDetails],
    ...(retryMs !== undefined && { nextRetryDelay: retryMs }),
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

/** A step that is tried again until somebody has renewed the credentials. */
export function asksForCredentials({ nonRetryable, message }: ApplicationFailure): boolean {
  return !nonRetryable && message.endsWith(RENEW);
}

/** A failure of our own that ends the step. */
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
    throw finalFailure('InvalidSpec', (error as Error).message);
  }
}

/** Not yet, and nothing is wrong: no warning in logs, and the message is what a person wants to know. */
export function notReady(message: string, nextRetryDelayMs: number, wait?: WaitDetails): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'NotReady' satisfies RetriedType,
    message,
    nextRetryDelay: nextRetryDelayMs,
    category: ApplicationFailureCategory.BENIGN,
    ...(wait && { details: [wait] }),
  });
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

function causeOf(error: OvhError): FailureCause {
  const api = error instanceof OvhApiError ? error : undefined;
  return {
    status: api?.status ?? null,
    ovhClass: api?.ovhClass ?? api?.errorCode ?? null,
    message: error.message,
    queryId: api?.queryId ?? null,
  };
}
