import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { draw } from './chart.ts';
import type { Bench, Row } from './row.ts';

/* A bench's chart, and beside it the rows that it shows: so it can be drawn again without measuring. */

/** What lies beside a chart. */
interface Kept {
  command: string;
  /** The day. */
  measured: string;
  machine: string;
  rows: Row[];
}

export const pathOf = ({ name }: Bench, ending: string) =>
  fileURLToPath(new URL(`../docs/pictures/bench-${name}.${ending}`, import.meta.url));

/** Keeps what was measured just now. A number that nobody has, NaN, is null in JSON. */
export async function keepRows(bench: Bench, rows: Row[], { quick }: { quick: boolean }): Promise<void> {
  const kept: Kept = {
    command: `npm run bench -- --plot --only ${bench.name}${quick ? ' --quick' : ''}`,
    measured: new Date().toISOString().slice(0, 10),
    machine: `${availableParallelism()} cores with a load of ${loadavg()[1]?.toFixed(0)}, Node ${process.versions.node}`,
    rows,
  };
  await writeFile(pathOf(bench, 'json'), `${JSON.stringify(kept, null, 2)}\n`);
}

/** Draws the chart of a bench from what is kept. @returns Its path. */
export async function drawKept(bench: Bench): Promise<string> {
  await writeFile(pathOf(bench, 'svg'), await chartOf(bench));
  return pathOf(bench, 'svg');
}

export async function chartOf(bench: Bench): Promise<string> {
  if (!bench.chart) throw new Error(`${bench.name} has no chart`);
  const kept: Kept = JSON.parse(await readFile(pathOf(bench, 'json'), 'utf8'));
  const points = kept.rows.flatMap((row) => row.points ?? []);
  return draw(bench.chart, points, `${kept.command}  ·  ${kept.measured}, ${kept.machine}`);
}
