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
import { stepBegun, undoThing } from '../../contract/index.ts';
import type {
  FleetProgress,
  Identifier,
  Progress,
  ProgressStep,
  UndoProgress,
  UndoThing,
} from '../../contract/index.ts';
import { stepDetails } from '../../contract/wire.ts';
import { inMarkdown, withinBytes } from './markdown.ts';

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
    this.#put({ ...stepBegun(step, new Date().toISOString(), subject(args)), state: 'running' });
  }

  /** At most 200 bytes: Temporal's limit for a summary. */
  about(step: string): string {
    return withinBytes(this.#steps.get(step)?.about ?? step, 190);
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

  done(step: string, message: string | null = null): void {
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

  close(): void {
    const failed = this.failedStep() !== null;
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
      ...(this.#fleet && { fleet: this.#fleet() }),
      undo: this.#undo,
    };
  }

  /** Free of charge, unlike search attributes and memo: it is computed from memory when somebody looks. */
  #show(): void {
    const steps = [...this.#steps.values()];
    const now = steps
      .filter(({ state }) => state === 'running' || state === 'waiting')
      .map(({ about, step }) => inMarkdown(about ?? step));
    const headline = now.length > 0 ? `**Now: ${now.join(' · ')}**` : `**${this.#status}**`;
    setCurrentDetails(
      [
        headline,
        '',
        '| Step | State | About | Took |',
        '|---|---|---|---|',
        ...steps.map(inTable),
        '',
        ...slowest(this.#fleet?.()),
        ...undoRows(this.#undo, this.#status),
        ...this.#notes.map(inMarkdown),
      ].join('\n'),
    );
  }
}

function inTable({ step, state, about, tookMs }: ProgressStep): string {
  const took = tookMs === null ? '' : `${(tookMs / 1000).toFixed(1)} s`;
  return `| ${step} | ${state} | ${inMarkdown(about ?? '')} | ${took} |`;
}

function slowest(fleet?: FleetProgress): string[] {
  if (!fleet || fleet.slowest.length === 0) return [];
  const rows = fleet.slowest.map(
    ({ name, region, startedAt }) =>
      `| ${inMarkdown(name)} | ${inMarkdown(region)} | ${startedAt.slice(11, 19)} |`,
  );
  return ['| Longest under way | Region | Since (UTC) |', '|---|---|---|', ...rows, ''];
}

/** Thing by thing what is deleted; while that goes on, where OVH's word on each can be read. */
function undoRows(undo: UndoProgress | null, status: Progress['status']): string[] {
  if (!undo || undo.things.length === 0) return [];
  const isOver = undo.things.every(({ state }) => state !== 'waiting') || status !== 'running';
  const rows = undo.things.map(
    ({ kind, name, id, state, why }) =>
      `| ${kind} | ${inMarkdown(name)} | ${inMarkdown(id)} | ${state} | ${inMarkdown(why ?? '')} |`,
  );
  const live = `What OVH says of each, since when it resists and what to do: in the heartbeat of the pending activity \`${undo.step}\`, and in \`mooring get ${workflowInfo().workflowId}\`.`;
  const head = ['| Deleted | Name | Id | State | Why |', '|---|---|---|---|---|'];
  return [...head, ...rows, '', ...(isOver ? [] : [live, ''])];
}

/** What a step is about, by the first argument that says it. */
function subject(args: unknown[]): string | null {
  for (const arg of args) {
    const { about, name, known, volumeName, place } = (arg ?? {}) as Record<string, unknown>;
    const named = about ?? name ?? (known as { name?: string } | undefined)?.name ?? volumeName;
    if (typeof named === 'string') return named;
    const { node } = (place ?? {}) as { node?: unknown };
    if (typeof node === 'string') return node;
  }
  return null;
}
