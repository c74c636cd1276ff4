import { undoReason } from '../contract/index.ts';
import type { UndoState, UndoThing } from '../contract/index.ts';
import type { Paint } from './colour.ts';
import { showDuration } from './duration.ts';
import { oneLine } from '../contract/one-line.ts';

const LOOK: Record<UndoState, { sign: string; style: Parameters<Paint>[0] }> = {
  waiting: { sign: '·', style: 'dim' },
  deleting: { sign: '-', style: 'cyan' },
  detaching: { sign: '-', style: 'cyan' },
  resisting: { sign: '!', style: 'yellow' },
  detached: { sign: '✓', style: 'dim' },
  gone: { sign: '✓', style: 'dim' },
};

/** A line for each thing that is being deleted; below what resists, why it does and what a person could do. */
export function undoRows(
  things: UndoThing[],
  { paint, columns, now }: { paint: Paint; columns: number; now: number },
): string[] {
  const subjectWidth = Math.max(0, ...things.map((thing) => subject(thing).length));
  const clip = (line: string) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`);
  return things.flatMap((thing) => {
    // An older program may meet a newer word.
    const { sign, style } = LOOK[thing.state] ?? LOOK.waiting;
    const took = showDuration(Math.max(0, now - Date.parse(thing.since))).padStart(8);
    const since = thing.state === 'gone' ? ''.padStart(8) : took;
    const head = `   ${sign} ${subject(thing).padEnd(subjectWidth)}  ${thing.state.padEnd(9)} ${since}  ${oneLine(thing.ovhStatus ?? '')}`;
    const below =
      thing.state === 'resisting' ? [undoReason(thing), thing.advice && `do: ${thing.advice}`] : [];
    return [
      paint(style, clip(head.trimEnd())),
      ...below
        .filter((text) => text !== null)
        .flatMap((text) => wrap(oneLine(text), columns - 8).map((line) => `       ${line}`)),
    ];
  });
}

function subject({ kind, name }: UndoThing): string {
  return oneLine(`${kind} ${name}`);
}

/** OVH's answer in full: a query id that is cut off helps nobody. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (let rest = text; rest !== '';) {
    const space = rest.length > width ? rest.lastIndexOf(' ', width) : -1;
    const end = rest.length <= width ? rest.length : space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return lines;
}
