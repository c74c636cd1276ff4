import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import { isFailureType, leftThing, undoReason } from '../../contract/index.ts';
import type {
  FailureCause,
  FailureDetails,
  FailureType,
  Identifier,
  LeftThing,
  StepResult,
  UndoThing,
} from '../../contract/index.ts';
import { heartbeat, isOfType, stepDetails, toldThings, type StepFailureType } from '../../contract/wire.ts';

/** Whether OVH's answer has proven that a request came to nothing. Without such a proof it is unclear (rule 3). */
export function isKnownNotApplied(error: unknown): boolean {
  return stepDetails(applicationFailure(error))?.unclear === false;
}

/** What became of what a failed run had made. */
export interface Undoing {
  undone: Identifier[];
  left: LeftThing[];
  /** Why anything is left. */
  because: string;
}

/** Of a run that has done nothing itself. */
export const NOTHING_DONE: Undoing = { undone: [], left: [], because: '' };

/** The one failure that ends a run: a type to branch on, a sentence for people, and what is at OVH now. */
export function runFailure(ended: {
  error: unknown;
  cancelled: boolean;
  step: string | null;
  undoing: Undoing;
  spared: Identifier[];
  deploy?: StepResult[];
  /** Sentences of deploy steps, told between the cause and what is left. */
  sentences?: string[];
}): ApplicationFailure {
  const { error, cancelled, step, spared, deploy = [], sentences = [] } = ended;
  const { undone, left, because } = ended.undoing;
  const cause = applicationFailure(error);
  const type: FailureType = cancelled ? 'Cancelled' : typeOf(cause);
  const details: FailureDetails = {
    step,
    cause: causeOf(cause, cancelled),
    undone,
    left,
    spared,
    deploy,
    fleet: null,
  };
  const message = [
    cancelled ? 'the run was cancelled' : cause?.message,
    ...sentences,
    remains(undone, left, because),
  ]
    .filter(Boolean)
    .join('; ');
  return failureOfRun(type, message, details);
}

/** The type of a run's failure. Who has given way to somebody else's thing has found another node than was asked for. */
function typeOf(cause: ApplicationFailure | undefined): FailureType {
  if (isOfType(cause, 'GaveWay')) return 'NodeDiffers';
  return isFailureType(cause?.type) ? cause.type : 'OvhRejected';
}

/** Ends the story and no run: it takes its own back, and begins again with a baseline that sees what stands. */
export function gaveWay(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'GaveWay' satisfies StepFailureType);
}

/** The failure of a run that ends before it has done anything. */
export function refusal(type: FailureType, message: string, because = message): ApplicationFailure {
  const { undone, left } = NOTHING_DONE;
  const nothing = { step: null, undone, left, spared: [], deploy: [], fleet: null };
  return failureOfRun(type, message, { ...nothing, cause: saying(because) });
}

/** A cause that is no answer of OVH's. */
export function saying(message: string): FailureCause {
  return { status: null, ovhClass: null, message, queryId: null };
}

export function failureOfRun(
  type: FailureType,
  message: string,
  details: FailureDetails,
): ApplicationFailure {
  return asSaid({ type, message, details: [details] });
}

/** The failure with which a run ends. It says where OVH or we failed; where in our code says nothing, and would name files. */
export function asSaid(said: { type: string; message: string; details: unknown[] }): ApplicationFailure {
  const failure = ApplicationFailure.create({ ...said, nonRetryable: true });
  failure.stack = '';
  return failure;
}

function remains(undone: Identifier[], left: LeftThing[], because: string): string | null {
  if (left.length > 0) return `left as it is, because ${because}: ${names(left)}`;
  return undone.length > 0 ? `everything that this run made is deleted again: ${names(undone)}` : null;
}

function names(things: (Identifier & Partial<LeftThing>)[]): string {
  return things
    .map(({ kind, name, id, why }) => `${kind} ${name} (${id})${why ? `, which resisted: ${why}` : ''}`)
    .join(', ');
}

/** What an undo that was stopped had told of each thing: with its end, or with the heartbeat before it fell silent. */
export function toldOf(error: unknown): UndoThing[] {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return heartbeat(cause.lastHeartbeatDetails)?.told ?? [];
  return (cause instanceof CancelledFailure && toldThings(cause.details?.[0])) || [];
}

/** What is left, with the reason why it resisted, where it did. */
export function withReason(thing: Identifier, things: UndoThing[]): LeftThing {
  const told = things.find(({ id }) => id === thing.id);
  if (!told || told.state === 'gone') return leftThing(thing);
  const { ovhStatus, since } = told;
  const is = ovhStatus === null ? null : `it is ${ovhStatus} since ${since.slice(0, 19)}Z`;
  const why = [is, undoReason(told)].filter((part) => part !== null).join('; ');
  return leftThing(thing, why === '' ? {} : { why, since });
}

function causeOf(failure: ApplicationFailure | undefined, cancelled: boolean): FailureCause {
  if (cancelled) return saying('cancel was requested');
  return stepDetails(failure)?.cause ?? saying(failure?.message ?? 'unknown');
}

/** Whether an act or a child ended because it was cancelled; a run of ours has undone by then what it did. */
export function wasCancelled(error: unknown): boolean {
  return isCancellation(error) || applicationFailure(error)?.type === 'Cancelled';
}

/** The failure that somebody threw on purpose, out of what Temporal wrapped around it. */
export function applicationFailure(error: unknown): ApplicationFailure | undefined {
  if (error instanceof ApplicationFailure) return error;
  const wrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  return wrapped ? applicationFailure(error.cause) : undefined;
}
