/*
 * `npm run test:removals`: takes the code of one rule after the other out of a scratch copy, and runs the test that must
 * then fail. It ends with 1 when a removal goes unnoticed.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textTable } from '../../src/cli/text-table.ts';
import { removals, type Removal } from './removals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const copy = await mkdtemp(join(tmpdir(), 'mooring-removals-'));
for (const name of ['src', 'test', 'schemas', 'package.json', 'tsconfig.json', 'vitest.config.ts', '.nvmrc'])
  await cp(join(root, name), join(copy, name), { recursive: true }).catch(() => undefined);
await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));

/** Whether the test passes in the copy, and the first test that failed. */
function run({ test, name }: Removal): { passes: boolean; failed: string } {
  const args = ['vitest', 'run', test, ...(name === '' ? [] : ['-t', name])];
  const { status, stdout } = spawnSync('npx', args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    timeout: 400_000,
  });
  const [, failed = ''] = /^ *× (.*?)(?: \d+ms)?$/m.exec(stdout) ?? [];
  return { passes: status === 0, failed };
}

const rows: string[][] = [];
let unnoticed = 0;
const [, , only = ''] = process.argv;
for (const removal of removals.filter(({ rule }) => rule.includes(only))) {
  const { rule, file, code, without } = removal;
  const path = join(copy, file);
  const whole = await readFile(path, 'utf8');
  if (!whole.includes(code)) throw new Error(`${file} has no "${code}"`);
  await writeFile(
    path,
    whole.replace(code, () => without),
  );
  const { passes, failed } = run(removal);
  await writeFile(path, whole);
  if (passes) unnoticed += 1;
  rows.push([rule, passes ? 'NOT NOTICED' : failed]);
  process.stderr.write(`${passes ? '✗' : '✓'} ${rule}\n`);
}
await rm(copy, { recursive: true });
process.stdout.write(`${textTable([['WITHOUT', 'FAILS'], ...rows])}\n`);
process.exitCode = unnoticed > 0 ? 1 : 0;
