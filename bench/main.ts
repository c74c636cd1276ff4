/*
 * `npm run bench`: what performance we claim, measured: each row beside its floor or peer in the same run. `--quick` takes
 * fewer nodes, `--only <name,name>` some of the rows, `--json` prints JSON instead of a table, `--plot` draws the charts of
 * what was measured into docs/pictures, and `--redraw` draws them from the rows that are kept there and measures nothing.
 */
import { parseArgs } from 'node:util';
import { textTable } from '../src/cli/text-table.ts';
import { drawKept, keepRows } from './pictures.ts';
import type { Bench, Row } from './row.ts';
import { death } from './rows/death.ts';
import { late } from './rows/late.ts';
import { many } from './rows/many.ts';
import { memory } from './rows/memory.ts';
import { node } from './rows/node.ts';
import { rate } from './rows/rate.ts';
import { regret } from './rows/regret.ts';
import { scale } from './rows/scale.ts';
import { share } from './rows/share.ts';
import { start } from './rows/start.ts';
import { workers } from './rows/workers.ts';
import { removeBundle } from './support/stage.ts';

const benches: Bench[] = [node, late, regret, many, scale, workers, death, rate, memory, start, share];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    plot: { type: 'boolean', default: false },
    redraw: { type: 'boolean', default: false },
  },
});
const names = values.only?.split(',') ?? benches.map(({ name }) => name);
const unknown = names.filter((name) => benches.every((bench) => bench.name !== name));
if (unknown.length > 0)
  throw new Error(
    `there is no ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`,
  );

const tell = (line: string) => void process.stderr.write(`${line}\n`);
const chosen = benches.filter(({ name }) => names.includes(name));
const rowsOf = new Map<Bench, Row[]>();
const charts = chosen.filter(({ chart }) => chart);
if (values.redraw) for (const bench of charts) tell(await drawKept(bench));
else {
  await measureChosen();
  for (const bench of values.plot ? charts : []) {
    const rows = rowsOf.get(bench);
    if (!rows) continue;
    await keepRows(bench, rows, values);
    tell(await drawKept(bench));
  }
  const rows = chosen.flatMap((bench) => rowsOf.get(bench) ?? []);
  process.stdout.write(`${values.json ? JSON.stringify(rows, null, 2) : tableOf(rows)}\n`);
}

async function measureChosen(): Promise<void> {
  try {
    const together = values.quick ? chosen.filter(({ waits }) => waits) : [];
    await Promise.all(together.map(measure));
    for (const bench of chosen) if (!together.includes(bench)) await measure(bench);
  } finally {
    await removeBundle();
  }
}

async function measure(bench: Bench): Promise<void> {
  tell(`${bench.name}: ${bench.about}`);
  const began = performance.now();
  try {
    rowsOf.set(bench, await bench.run({ quick: values.quick, tell }));
  } catch (error) {
    // The others are still worth their lines.
    tell(`  ${bench.name} failed: ${(error as Error).message}`);
    process.exitCode = 1;
  }
  tell(`  ${bench.name} took ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

function tableOf(rows: Row[]): string {
  return textTable([
    ['', 'ours', 'beside', 'ratio', 'aim'],
    ...rows.map(({ name, ours, beside, ratio, aim }) => [name, ours, beside, ratio.toFixed(2), aim]),
  ]);
}
