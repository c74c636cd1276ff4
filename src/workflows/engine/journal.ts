import {
  ActivityFailure,
  ApplicationFailure,
  defineQuery,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { stepBegun, stepSummary, undoThing } from '../../contract/index.ts';
import type {
  FleetProgress,
  Identifier,
  Progress,
  ProgressStep,
  UndoProgress,
  UndoThing,
} from '../../contract/index.ts';
import { stepDetails } from '../../contract/wire.ts';
import { fieldsOf } from '../../contract/unknown.ts';
import { currentDetails, type StepThing } from './details.ts';

/** For programs that want progress in one answer; each call costs a Temporal action, `describe` costs none. */
export const progressQuery = defineQuery<Progress>('progressQuery');

export interface JournalSoFar {
  startedAt: string;
  steps: ProgressStep[];
}

/** What a run has done so far, told to people in Temporal's UI and to programs by query. */
export class Journal {
  #type: string;
  #status: Progress['status'] = 'running';
  #steps = new Map<string, ProgressStep>();
  #seen = new Map<string, StepThing>();
  #failure: { type: string; message: string } | null = null;
  #notes: string[] = [];
  #undo: UndoProgress | null = null;
  #fleet: (() => FleetProgress) | undefined;
  /** When the work began: of a fleet that continues in a new run, when its first run did. */
  #startedAt: Date;

  constructor(type: string, fleet?: () => FleetProgress, before?: JournalSoFar) {
    this.#type = type;
    this.#fleet = fleet;
    this.#startedAt = before ? new Date(before.startedAt) : workflowInfo().startTime;
    for (const row of before?.steps ?? []) this.#steps.set(row.step, row);
    setHandler(progressQuery, () => this.#progress(), { description: 'How far this run is, step by step' });
  }

  began(step: string, args: unknown[]): void {
    const row = stepBegun(step, new Date().toISOString(), subject(args));
    this.#put({ ...row, state: 'running', expectedMs: usualMs(args) });
  }

  /** What Temporal's UI shows of it beside the name of its activity. */
  summary(step: string): string {
    return stepSummary(step, this.#steps.get(step)?.about ?? null);
  }

  /** What a run takes along that continues this one. */
  get soFar(): JournalSoFar {
    return { startedAt: this.#startedAt.toISOString(), steps: [...this.#steps.values()] };
  }

  /** Begins, unless an earlier run has begun it. */
  goesOn(step: string, message: string): void {
    const row = this.#steps.get(step);
    if (row?.tookMs !== null) this.began(step, [{ about: message }]);
  }

  /** Tells in a sentence how far a long step is, such as `12 of 100 nodes ready`. */
  tell(step: string, message: string): void {
    const row = this.#steps.get(step);
    if (row) this.#put({ ...row, state: 'waiting', about: message, message });
  }

  /** `result`: of it people are told the id at OVH, and OVH's word. */
  done(step: string, message: string | null = null, result?: unknown): void {
    this.#seen.set(step, seenOf(result));
    this.#end(step, 'done', message);
  }

  failed(step: string, error: unknown): void {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    const message = cause instanceof Error ? cause.message : String(cause);
    const queryId = cause instanceof ApplicationFailure ? stepDetails(cause)?.cause.queryId : null;
    this.#end(step, isCancellation(error) ? 'cancelled' : 'failed', message, queryId);
  }

  /** What a step is about to delete. Only the step itself sees what OVH makes of it: it tells that in its heartbeats. */
  undoing(step: string, things: Identifier[]): void {
    const since = new Date().toISOString();
    this.#undo = { step, things: things.map((thing) => undoThing(thing, 'waiting', since)) };
  }

  /** All of it is gone, and what else the step has found. */
  undone(things: Identifier[]): void {
    const since = new Date().toISOString();
    this.left(things.map((thing) => undoThing(thing, 'gone', since)));
  }

  /** What had become of each when somebody stopped it. */
  left(things: UndoThing[]): void {
    if (this.#undo) this.#undo = { ...this.#undo, things };
    this.#show();
  }

  note(sentence: string): void {
    log.warn(sentence);
    this.#notes.push(sentence);
    this.#show();
  }

  /** What the run did so far is no part of it any more; Temporal's history has it. */
  beginsAgain(sentence: string): void {
    this.#steps.clear();
    this.#seen.clear();
    this.#undo = null;
    this.note(sentence);
  }

  /** The step that failed first, or was cancelled first when none failed. */
  failedStep(): string | null {
    const steps = [...this.#steps.values()];
    const ended =
      steps.find(({ state }) => state === 'failed') ?? steps.find(({ state }) => state === 'cancelled');
    return ended?.step ?? null;
  }

  took(): Record<string, number> {
    return Object.fromEntries([...this.#steps.values()].map(({ step, tookMs }) => [step, tookMs ?? 0]));
  }

  /** How the run fails, as whoever waits for it is told. */
  fails(failure: Error): void {
    if (!(failure instanceof ApplicationFailure)) return;
    this.#failure = { type: failure.type ?? 'Error', message: failure.message };
  }

  close(): void {
    const failed = this.#failure !== null || this.failedStep() !== null;
    this.#status = failed ? 'failed' : 'completed';
    this.#show();
  }

  #end(
    step: string,
    state: ProgressStep['state'],
    message: string | null,
    queryId: string | null = null,
  ): void {
    const row = this.#steps.get(step);
    const tookMs = Date.now() - Date.parse(row?.startedAt ?? '');
    if (row) this.#put({ ...row, state, message, queryId, tookMs });
  }

  #put(row: ProgressStep): void {
    this.#steps.set(row.step, row);
    this.#show();
  }

  #progress(): Progress {
    const { workflowId, runId } = workflowInfo();
    return {
      apiVersion: 'mooring/v1',
      workflowId,
      runId,
      type: this.#type,
      status: this.#status,
      startedAt: this.#startedAt.toISOString(),
      elapsedMs: Date.now() - this.#startedAt.getTime(),
      steps: [...this.#steps.values()],
      fleet: this.#fleet?.() ?? null,
      undo: this.#undo,
    };
  }

  /** Free of charge, unlike search attributes and memo: it is computed from memory when somebody looks. */
  #show(): void {
    setCurrentDetails(
      currentDetails({
        status: this.#status,
        steps: [...this.#steps.values()],
        seen: this.#seen,
        undo: this.#undo,
        fleet: this.#fleet?.(),
        notes: this.#notes,
        failure: this.#failure,
      }),
    );
  }
}

/** What a step is about, by the first argument that says it. */
function subject(args: unknown[]): string | null {
  for (const arg of args) {
    const { about, name, known, volumeName, place } = fieldsOf(arg);
    const named = about ?? name ?? fieldsOf(known)['name'] ?? volumeName;
    if (typeof named === 'string') return named;
    const { node } = fieldsOf(place);
    if (typeof node === 'string') return node;
  }
  return null;
}

/** What of the plan says how long a wait usually takes. */
function usualMs(args: unknown[]): number | null {
  const { usualMs: ms } = fieldsOf(args[0]);
  return typeof ms === 'number' ? ms : null;
}

function seenOf(result: unknown): StepThing {
  const { id, status } = fieldsOf(result);
  return { ...(typeof id === 'string' && { id }), ...(typeof status === 'string' && { status }) };
}
