import type { Progress, ProgressStep, StepState } from '../contract/index.ts';
import type { Paint } from './colour.ts';
import { showDuration } from './duration.ts';
import { UNCLAIMED, isUnclaimed } from './events.ts';
import { oneLine } from '../contract/one-line.ts';
import { undoRows } from './undo-rows.ts';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const LOOK: Record<StepState, { sign?: string; style: Parameters<Paint>[0] }> = {
  scheduled: { sign: '·', style: 'dim' },
  running: { style: 'cyan' },
  waiting: { style: 'cyan' },
  retrying: { style: 'yellow' },
  done: { sign: '✓', style: 'green' },
  failed: { sign: '✗', style: 'red' },
  cancelled: { sign: '–', style: 'dim' },
};

interface RowOptions {
  paint: Paint;
  /** Of the terminal: a line that wraps could not be drawn over. */
  columns: number;
  /** At most so many lines; what is done longest goes first. */
  rows: number;
  /** Advances the spinner. */
  tick: number;
  /** Milliseconds since the snapshot was taken. */
  sinceMs: number;
}

/** A step table: each step, its state, how long it takes or took, and what it waits for. */
export function progressRows(progress: Progress, options: RowOptions): string[] {
  const { paint, columns, rows, tick, sinceMs } = options;
  const nameWidth = Math.max(12, ...progress.steps.map(({ step }) => step.length));
  const now = Date.parse(progress.startedAt) + progress.elapsedMs + sinceMs;
  const lines = progress.steps.flatMap((step) => {
    const { sign, style } = LOOK[step.state];
    const took = showDuration(step.tookMs ?? Math.max(0, now - Date.parse(step.startedAt)));
    const head = ` ${sign ?? SPINNER[tick % SPINNER.length]} ${step.step.padEnd(nameWidth)} ${took.padStart(8)}  `;
    const tail = clip(explanation(step, progress), columns - head.length - 1);
    const row = `${paint(style, clip(head, columns - 1))}${step.tookMs === null ? tail : paint('dim', tail)}`;
    const { undo } = progress;
    const things = step.tookMs === null && undo?.step === step.step ? undo.things : [];
    return [row, ...undoRows(things, { paint, columns, now })];
  });
  lines.push(...slowestRows(progress, { paint, columns, now }));
  if (isUnclaimed(progress)) lines.push(paint('yellow', clip(` ! ${UNCLAIMED}`, columns - 1)));
  const hidden = lines.length - Math.max(1, rows - 2);
  return hidden > 0 ? [paint('dim', ` … ${hidden} more above`), ...lines.slice(hidden)] : lines;
}

/** The nodes of a fleet that have taken longest so far. */
function slowestRows(
  { fleet }: Progress,
  { paint, columns, now }: Pick<RowOptions, 'paint' | 'columns'> & { now: number },
): string[] {
  return (fleet?.slowest ?? []).map(({ name, region, startedAt }) => {
    const took = showDuration(Math.max(0, now - Date.parse(startedAt))).padStart(8);
    return paint('dim', clip(`     ${name} (${region}) ${took}`, columns - 1));
  });
}

function explanation({ step, message, about, attempt, state }: ProgressStep, { undo }: Progress): string {
  // The rows below say it, thing by thing.
  if (state === 'waiting' && undo?.step === step && undo.things.length > 0) return oneLine(about ?? '');
  const again = state === 'retrying' ? `attempt ${attempt}: ` : '';
  return oneLine(`${again}${message ?? about ?? ''}`);
}

function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}
