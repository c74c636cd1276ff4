/*
 * `npm run bench`: what performance we claim, measured: each row beside its floor or peer in the same run. `--quick` takes
 * fewer nodes, `--only <name,name>` some of the rows, `--json` prints JSON instead of a table.
 */
import { parseArgs } from 'node:util';
import type { Bench, Row } from './row.ts';
import { regret } from './rows/regret.ts';

const benches: Bench[] = [regret];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const names = values.only?.split(',') ?? benches.map(({ name }) => name);
const unknown = names.filter((name) => benches.every((bench) => bench.name !== name));
if (unknown.length > 0)
  throw new Error(
    `there is no ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`,
  );

const tell = (line: string) => void process.stderr.write(`${line}\n`);
const rows: Row[] = [];
for (const bench of benches.filter(({ name }) => names.includes(name))) {
  tell(`${bench.name}: ${bench.about}`);
  rows.push(...(await bench.run({ quick: values.quick, tell })));
}

const cells = rows.map(({ ratio, ...row }) => ({
  ...row,
  ratio: ratio === undefined ? '' : ratio.toFixed(2),
}));
if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else
  console.table(
    Object.fromEntries(
      cells.map(({ name, ours, beside, ratio, aim }) => [name, { ours, beside, ratio, aim }]),
    ),
  );
