/*
 * `npm run test:repeat -- 10 --busy 3`: runs the suite ten times, the last three beside processes that keep every core
 * busy, and prints for each file how often it failed. It ends with 1 when anything did. Names that follow, whole or in
 * part, choose the files: `npm run test:repeat -- 10 --busy 3 workflows/reap cli/`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { textTable } from '../../src/cli/text-table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { busy: { type: 'string', default: '0' } },
});
const [times, ...chosen] = [Number(positionals[0] ?? 10), ...positionals.slice(1)];
const busy = Number(values.busy);
if (!Number.isInteger(times) || times < 1 || !(busy <= times))
  throw new Error(
    'say how many runs, how many of them on a busy machine and, if not all, which files: npm run test:repeat -- 10 --busy 3 workflows/reap',
  );

const folder = await mkdtemp(join(tmpdir(), 'mooring-repeat-'));
const failures = new Map<string, number>();
for (let run = 1; run <= times; run += 1) {
  const isBusy = run > times - busy;
  const load = isBusy ? keepBusy() : [];
  const began = performance.now();
  const failed = await runSuite(join(folder, `${run}.json`)).finally(() => {
    for (const each of load) each.kill();
  });
  for (const file of failed) failures.set(file, (failures.get(file) ?? 0) + 1);
  const seconds = Math.round((performance.now() - began) / 1000);
  const said = failed.length > 0 ? `failed: ${failed.join(', ')}` : 'passed';
  process.stdout.write(
    `run ${run} of ${times}${isBusy ? ', on a busy machine' : ''}: ${said}, ${seconds} s\n`,
  );
}
await rm(folder, { recursive: true });

const rows = [...failures]
  .toSorted(([, a], [, b]) => b - a)
  .map(([file, count]) => [`${count} of ${times}`, file]);
process.stdout.write(
  rows.length > 0 ? `${textTable([['FAILED', 'FILE'], ...rows])}\n` : 'no file ever failed\n',
);
process.exitCode = rows.length > 0 ? 1 : 0;

/** One process for each core, that computes until it is killed. */
function keepBusy() {
  return Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
  );
}

/** The files that failed. A run that says nothing has failed, too. */
async function runSuite(report: string): Promise<string[]> {
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn('npx', ['vitest', 'run', ...reporters, ...chosen], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  const text = await readFile(report, 'utf8').catch(() => '{}');
  const { testResults = [] } = JSON.parse(text) as { testResults?: { name: string; status: string }[] };
  const failed = testResults.filter(({ status }) => status === 'failed');
  const files = failed.map(({ name }) => relative(process.cwd(), name));
  return code !== 0 && files.length === 0 ? ['outside of any file'] : files;
}
