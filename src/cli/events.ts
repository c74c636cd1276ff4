import { OperationFailed, type RunEnded } from '../client/errors.ts';
import { STEPS, undoSentence } from '../contract/index.ts';
import type { Progress, ProgressStep, UndoThing } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';

/** Version of the stream that `-o jsonl` writes; later versions only add. */
export const STREAM_VERSION = '1.0';

const EVENT_TYPES = [
  'run_started',
  'run_completed',
  'run_failed',
  'run_cancelled',
  'step_started',
  'step_waiting',
  'step_retrying',
  'step_done',
  'step_failed',
  'step_cancelled',
  'undo_started',
  'undo_resisting',
  'undo_done',
  'attention',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened in a run. Every field is always there; null where it does not apply or is not known. */
export interface RunEvent {
  type: EventType;
  /** When it happened, by Temporal's clock, ISO 8601. */
  time: string;
  step: string | null;
  /** What the step is about, for people, such as `instance web-1-k3f9x2ab-q7mz4c (b3-8, Debian 12, GRA11)`. */
  resource: string | null;
  /** OVH's own word, such as `BUILD`. */
  ovhStatus: string | null;
  attempt: number | null;
  /** Of the step, or of the run. */
  elapsedMs: number;
  /** How long it usually takes. */
  expectedMs: number | null;
  queryId: string | null;
  message: string | null;
  /** Of a step that deletes: what has become of each thing. */
  things: UndoThing[] | null;
}

/** A step that has begun again so often will hardly mend itself. */
const ATTENTION_AT_ATTEMPT = 4;

/**
 * What happened between two looks at one run, in the order in which it happened. A snapshot says where a run is; this
 * says what is new.
 */
export function eventsBetween(before: Progress | undefined, now: Progress): RunEvent[] {
  const known = new Map(before?.steps.map((step) => [step.step, step]));
  return [
    ...(before ? [] : [{ ...runEvent('run_started', now, now.workflowId), time: now.startedAt }]),
    ...now.steps.flatMap((step) => eventsOfStep(known.get(step.step), step, now)),
    ...resistance(before, now),
    ...(becameUnclaimed(before, now) ? [runEvent('attention', now, UNCLAIMED)] : []),
  ].sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
}

/** How the run ended, the last event of a stream; undefined where it runs, or nobody has heard why it failed. */
export function endOf(run: Progress, failure?: OperationFailed | RunEnded): RunEvent | undefined {
  if (run.status === 'completed') return runEvent('run_completed', run, null);
  if (!failure && run.status !== 'terminated') return undefined;
  const type = failure?.type === 'Cancelled' ? 'run_cancelled' : 'run_failed';
  const details = failure instanceof OperationFailed ? failure.details : undefined;
  return {
    ...runEvent(type, run, failure?.message ?? null),
    step: details?.step ?? null,
    queryId: details?.cause.queryId ?? null,
  };
}

/** The run waits because nobody does its work. */
export function isUnclaimed({ status, startedAt, elapsedMs, steps }: Progress): boolean {
  if (status !== 'running') return false;
  if (steps.some(({ tookMs, state }) => tookMs === null && state !== 'scheduled')) return false;
  const lastNews = Math.max(
    Date.parse(startedAt),
    ...steps.map((step) => Date.parse(step.startedAt) + (step.tookMs ?? 0)),
  );
  return nowOf({ startedAt, elapsedMs }) - lastNews > timing.unclaimedMs;
}

export const UNCLAIMED =
  'no worker takes the next step: start one with `mooring worker`, unless many wait for their turn at OVH';

function becameUnclaimed(before: Progress | undefined, now: Progress): boolean {
  return isUnclaimed(now) && !(before && isUnclaimed(before));
}

function eventsOfStep(before: ProgressStep | undefined, now: ProgressStep, run: Progress): RunEvent[] {
  const isUndo = now.step === STEPS.undo;
  const event = (type: EventType) => stepEvent(type, now, run);
  const events = before ? [] : [startOf(now, run, isUndo ? 'undo_started' : 'step_started')];
  if (sameState(before, now)) return events;
  switch (now.state) {
    case 'scheduled':
    case 'running':
      return events;
    case 'waiting':
      return [...events, event(isUndo ? 'undo_resisting' : 'step_waiting')];
    case 'retrying':
      events.push(event(isUndo ? 'undo_resisting' : 'step_retrying'));
      return now.attempt >= ATTENTION_AT_ATTEMPT && (before?.attempt ?? 0) < ATTENTION_AT_ATTEMPT
        ? [...events, event('attention')]
        : events;
    case 'done':
      return [...events, event(isUndo ? 'undo_done' : 'step_done')];
    case 'failed':
      return [...events, event('step_failed')];
    case 'cancelled':
      return [...events, event('step_cancelled')];
  }
}

/** Each thing that has begun to resist, or resists for another reason than before. */
function resistance(before: Progress | undefined, now: Progress): RunEvent[] {
  const step = now.steps.find((each) => each.step === now.undo?.step);
  if (!step || step.tookMs !== null) return [];
  const known = new Map(before?.undo?.things.map((thing) => [thing.id, thing]));
  return (now.undo?.things ?? [])
    .filter((thing) => {
      const last = known.get(thing.id);
      return thing.state === 'resisting' && (last?.state !== 'resisting' || last.why !== thing.why);
    })
    .map((thing) => ({
      ...stepEvent(step.step === STEPS.undo ? 'undo_resisting' : 'step_waiting', step, now),
      resource: thing.name,
      ovhStatus: thing.ovhStatus,
      queryId: thing.queryId,
      message: [undoSentence(thing), thing.advice].filter((part) => part !== null).join('; '),
    }));
}

function sameState(before: ProgressStep | undefined, now: ProgressStep): boolean {
  return before?.state === now.state && before.message === now.message && before.attempt === now.attempt;
}

/** How a step began, whatever has become of it since. */
function startOf(now: ProgressStep, run: Progress, type: EventType): RunEvent {
  const { step, about: resource, startedAt: time } = now;
  return { ...NOTHING, type, time, step, resource, attempt: 1, elapsedMs: 0, things: thingsIn(now, run) };
}

function stepEvent(type: EventType, step: ProgressStep, run: Progress): RunEvent {
  const startedAt = Date.parse(step.startedAt);
  const elapsedMs = step.tookMs ?? Math.max(0, nowOf(run) - startedAt);
  return {
    ...NOTHING,
    type,
    time: new Date(startedAt + elapsedMs).toISOString(),
    step: step.step,
    resource: step.about,
    ovhStatus: step.ovhStatus,
    expectedMs: step.expectedMs,
    attempt: step.attempt,
    queryId: step.queryId,
    elapsedMs,
    message: step.message,
    things: thingsIn(step, run),
  };
}

function runEvent(type: EventType, run: Progress, message: string | null): RunEvent {
  return { ...NOTHING, type, time: new Date(nowOf(run)).toISOString(), elapsedMs: run.elapsedMs, message };
}

function nowOf({ startedAt, elapsedMs }: Pick<Progress, 'startedAt' | 'elapsedMs'>): number {
  return Date.parse(startedAt) + elapsedMs;
}

const NOTHING = {
  step: null,
  resource: null,
  ovhStatus: null,
  attempt: null,
  expectedMs: null,
  queryId: null,
  message: null,
  things: null,
};

function thingsIn({ step }: ProgressStep, { undo }: Progress): UndoThing[] | null {
  return undo?.step === step ? undo.things : null;
}
