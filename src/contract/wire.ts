import { isFailureType, type FailureCause, type FailureDetails, type FailureType } from './failure.ts';
import type { StepEnd } from './guest.ts';
import type {
  Baseline,
  BeginAgain,
  Counted,
  Created,
  FloatingIpAct,
  FloatingIpMade,
  FloatingIpsFound,
  Reduced,
  Reduction,
  ServerTime,
  Stood,
} from './plan.ts';
import type { UndoThing } from './undo.ts';
import type { Survey } from './workflows.ts';

/*
 * What one process writes into Temporal and another reads out of it: heartbeats, details of failures, memos, records in
 * histories. Temporal carries it as JSON and calls it unknown. Here it is given its type, for both sides, and nowhere else.
 */

/**
 * What ends a step and never a run: the workflow makes something of it. `WasReset`: what was to be done was decided by an
 * earlier run; `GaveWay`: somebody else's thing stands, and this run takes its own back.
 */
export type StepFailureType = 'WasReset' | 'GaveWay';

/**
 * What ends an attempt and never a step. `NotReady`: nothing is wrong, OVH works on it; `CredentialsRefused`: somebody has to
 * renew the worker's; `WrongWorker`: the worker is configured for another project or owner than the run was begun for;
 * `Interrupted`: the attempt is over, and nothing was sent; `WorkerFault`: a key or a source is missing on the worker, and
 * somebody has to mend that.
 */
export type RetriedType =
  'NotReady' | 'OvhUnavailable' | 'CredentialsRefused' | 'WrongWorker' | 'Interrupted' | 'WorkerFault';

/** The name of a failure is compared here, so that no name is spelt that does not exist. */
export function isOfType(
  failure: { type?: string | null | undefined } | null | undefined,
  type: FailureType | StepFailureType | RetriedType,
): boolean {
  return failure?.type === type;
}

/** `details[0]` of every failure with which an activity ends a step, or an attempt in which OVH answered badly. */
export interface StepDetails {
  cause: FailureCause;
  /** False only where OVH's answer proved that the request, and every one before it, was not applied. */
  unclear: boolean;
  /** Of a plan that was refused. */
  stood?: Stood;
  /** How the script ended that failed the step, as far as it has. */
  ended?: StepEnd | null;
}

/** What a wait for OVH has seen: in its heartbeats, and `details[0]` of the `NotReady` that ends a turn. */
export interface WaitDetails {
  /** OVH's own word, such as `BUILD`. */
  ovhStatus: string | null;
  /** How long it usually takes. */
  expectedMs: number | null;
}

/** What carries details: a failure, as the SDK hands it out. */
interface Failure {
  details?: unknown[] | null | undefined;
}

export function stepDetails(failure: Failure | undefined): StepDetails | undefined {
  return first<StepDetails>(failure, 'cause', 'unclear');
}

export function waitDetails(failure: Failure | undefined): WaitDetails | undefined {
  return first<WaitDetails>(failure, 'ovhStatus', 'expectedMs');
}

/** What the failure of a run says: an activity's own says only why, a run's also what it leaves. */
export function runDetails(failure: Failure | undefined): FailureDetails | undefined {
  return first<FailureDetails>(failure, 'cause', 'left');
}

/**
 * Whether a failure ends one of our runs. By what it carries it is ours also where a later version has a word for it that
 * this one does not know: readers take it for one more failure type.
 */
export function isRunFailure(type: unknown, failure: Failure): type is FailureType {
  return isFailureType(type) || (typeof type === 'string' && runDetails(failure) !== undefined);
}

/** Somebody else's failure may carry anything: it is ours if it has these keys. */
function first<Details>(failure: Failure | undefined, ...keys: (keyof Details)[]): Details | undefined {
  const [details] = failure?.details ?? [];
  const isOurs = typeof details === 'object' && details !== null && keys.every((key) => key in details);
  return isOurs ? (details as Details) : undefined;
}

/** What every heartbeat of an act carries. */
export interface Heartbeat<Memory = unknown> {
  attempt: number;
  /** When it was sent, by the attempt's own clock. */
  at?: ServerTime;
  /** What the next attempt must know. */
  memory?: Partial<Memory>;
  /** When the attempt was scheduled that wrote the memory: later moments in it are by that one's clock, which is early. */
  memoryOf?: ServerTime | undefined;
  /** For people who watch: what has become of each thing that is being deleted. */
  told?: UndoThing[];
  /** For people who watch: what it waits for. */
  waits?: Waiting;
}

/** What a wait says of itself: nothing is wrong. */
export interface Waiting extends WaitDetails {
  /** `instance web-1-k3f9x2ab-q7mz4c is BUILD for 42 s, usually ACTIVE after 35 s`. */
  message: string;
}

export function heartbeat<Memory>(details: unknown): Heartbeat<Memory> | undefined {
  return typeof details === 'object' && details !== null && 'attempt' in details
    ? (details as Heartbeat<Memory>)
    : undefined;
}

/** What a deletion that was stopped had told of each thing. */
export function toldThings(told: unknown): UndoThing[] | undefined {
  // A step that waited for its next attempt is ended by Temporal itself, which puts a word of its own there.
  return Array.isArray(told) ? (told as UndoThing[]) : undefined;
}

/** Under `mooring` in the memo of a run. */
interface Memo {
  /** A hash of what the run was asked for. */
  fingerprint?: string;
  labels?: Record<string, string>;
  /** The workflow id of the fleet that has started it. */
  fleet?: string;
  /** The run of that fleet by whose sign its nodes are known. */
  maker?: string;
  /** Of a fleet's run that goes on with the rollback of one that was cancelled: what is undone is nothing to join. */
  isCancelled?: boolean;
  /** The workflow id of the reap that has started it. */
  reapedBy?: string;
  /** Of the caller, as W3C Trace Context has it: its trace becomes a link of the run's. */
  traceparent?: string;
}

export function inMemo(mooring: Memo): Record<string, unknown> {
  return { mooring };
}

export function readMemo(memo: Record<string, unknown> | undefined): Memo {
  const { mooring } = (memo ?? {}) as { mooring?: Memo };
  return mooring ?? {};
}

/** Activities whose records in a history others read: as proof of who made what, and to show an undo. */
export interface Recorded {
  beginning(type: never, input: unknown, again: BeginAgain): Promise<{ baseline: Baseline }>;
  createInstance(...args: never): Promise<Created>;
  createVolume(...args: never): Promise<Created>;
  createFloatingIp(act: FloatingIpAct, window: never): Promise<FloatingIpMade>;
  findFloatingIps(...args: never): Promise<FloatingIpsFound>;
  count(...args: never): Promise<Counted>;
  surveyNode(...args: never): Promise<Survey>;
  reduceTo(reduction: Reduction): Promise<Reduced>;
}
