import { workflowInfo } from '@temporalio/workflow';
import { showsFirst, stepDuration } from '../../contract/first-aid.ts';
import { inMarkdown } from '../../contract/in-short.ts';
import { isWait } from '../../contract/index.ts';
import type { FleetProgress, Progress, ProgressStep, UndoProgress } from '../../contract/index.ts';

/*
 * What a run tells people in Temporal's UI, in Markdown: its "Current Details". Lists, because the UI draws tables without any
 * space between their columns.
 */

/** What the journal knows beside what it tells programs. */
export interface Told {
  status: Progress['status'];
  steps: ProgressStep[];
  /** By step: what it has made, or what it has seen at its end. */
  seen: ReadonlyMap<string, StepThing>;
  undo: UndoProgress | null;
  fleet?: FleetProgress | undefined;
  notes: readonly string[];
  failure: { type: string; message: string } | null;
}

/** The id at OVH of what a step has made or waited for, and OVH's last word on it. */
export interface StepThing {
  id?: string;
  status?: string;
}

export function currentDetails(told: Told): string {
  const { steps, status, seen, undo, fleet, notes } = told;
  const now = steps.filter(({ state }) => state === 'running' || state === 'waiting');
  const isWaiting = now.some(({ step }) => isWait(step));
  const parts = [
    headline(told, now),
    ...(isWaiting ? [`OVH's last word on it: ${whereLive}`] : []),
    steps.map((step) => stepLine(step, seen.get(step.step))).join('\n'),
    ...slowest(fleet),
    ...undoLines(undo, status),
    ...(notes.length > 0 ? [notes.map((note) => `- ${inMarkdown(note)}`).join('\n')] : []),
  ];
  return parts.join('\n\n');
}

const whereLive = 'under *Pending Activities*, in the heartbeat.';

function headline({ status, failure }: Told, now: ProgressStep[]): string {
  if (failure) {
    const first = showsFirst(failure.type);
    const what = `**Failed, ${inMarkdown(failure.type)}:** ${inMarkdown(failure.message)}`;
    return first === undefined ? what : `${what}\n\n**First:** ${first}`;
  }
  if (now.length === 0) return `**${status}**`;
  return `**Now:** ${now.map(nowLine).join(' · ')}`;
}

function nowLine({ about, step, expectedMs }: ProgressStep): string {
  return `\`${step}\` ${inMarkdown(about ?? '')}${usually(expectedMs)}`;
}

/** `- await-instance: web-1-k3f9x2ab-q7mz4c · ACTIVE after 35.0 s`. */
function stepLine(
  { step, state, about, tookMs, expectedMs, message }: ProgressStep,
  seen: StepThing = {},
): string {
  const subject = [about ?? '', seen.id === undefined ? '' : `(${seen.id})`].filter(Boolean).join(' ');
  const end = `${state === 'done' ? (seen.status ?? 'done') : state}${tookMs === null ? '' : ` after ${stepDuration(tookMs)}`}`;
  const why = state === 'failed' && message !== null ? `: ${message}` : '';
  return `- \`${step}\`: ${inMarkdown(subject)} · ${inMarkdown(end + why)}${tookMs === null ? usually(expectedMs) : ''}`;
}

function usually(expectedMs: number | null): string {
  return expectedMs === null ? '' : `, usually takes ${stepDuration(expectedMs)}`;
}

function slowest(fleet?: FleetProgress): string[] {
  if (!fleet || fleet.slowest.length === 0) return [];
  const rows = fleet.slowest.map(
    ({ name, region, startedAt }) =>
      `- ${inMarkdown(name)} in ${inMarkdown(region)}, since ${startedAt.slice(11, 19)} UTC`,
  );
  return [`Longest under way:\n\n${rows.join('\n')}`];
}

/** Thing by thing what is deleted; while that goes on, where OVH's word on each can be read. */
function undoLines(undo: UndoProgress | null, status: Progress['status']): string[] {
  if (!undo || undo.things.length === 0) return [];
  const isOver = undo.things.every(({ state }) => state !== 'waiting') || status !== 'running';
  const rows = undo.things.map(({ kind, name, id, state, why }) => {
    const reason = why === null ? '' : `: ${why}`;
    return `- ${kind} ${inMarkdown(`${name} (${id}): ${state}${reason}`)}`;
  });
  const live = `What OVH says of each, since when it resists and what to do: ${whereLive} Or: \`mooring get ${workflowInfo().workflowId}\`.`;
  return [`Deleted again:\n\n${rows.join('\n')}`, ...(isOver ? [] : [live])];
}
