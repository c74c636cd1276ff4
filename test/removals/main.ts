/*
 * `npm run test:removals`: takes the code of one rule after the other out of a scratch copy, and runs the test that must
 * then fail. It ends with 1 when a removal goes unnoticed. Rules' ids (`-- 3 7a`) try these alone.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { textTable } from '../../src/cli/text-table.ts';
import { markedCode } from './marked-code.ts';
import { removals, type Removal } from './removals.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NEEDED = [
  'src',
  'test',
  'schemas',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];
/** Tests wait more than they compute. */
const AT_ONCE = Math.max(3, availableParallelism());

/** Takes the rule out of a copy of its own. Whether the test passes there, and the first test that failed. */
async function tryWithout(removal: Removal): Promise<{ passes: boolean; failed: string }> {
  const copy = await mkdtemp(join(tmpdir(), 'mooring-removals-'));
  try {
    for (const name of NEEDED) await cp(join(root, name), join(copy, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await takeOut(removal, copy);
    return await runTest(removal, copy);
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function takeOut({ id, without }: Removal, copy: string): Promise<void> {
  const [code] = (await markedCode(copy)).filter((each) => each.id === id);
  if (!code) throw new Error(`no code in src is marked as rule ${id}`);
  const path = join(copy, code.file);
  const whole = await readFile(path, 'utf8');
  await writeFile(path, `${whole.slice(0, code.from)}${without}${whole.slice(code.to)}`);
}

async function runTest({ test, name }: Removal, copy: string): Promise<{ passes: boolean; failed: string }> {
  const args = ['vitest', 'run', test, ...(name === '' ? [] : ['-t', name])];
  const mode = test.endsWith('.proof.ts') ? 'rest' : '';
  const env = { ...process.env, NO_COLOR: '1', MOORING_TEST_MS: '120000', MOORING_PROOF: mode };
  return new Promise((resolve) => {
    execFile('npx', args, { cwd: copy, env, timeout: 400_000, maxBuffer: 2 ** 26 }, (error, stdout) => {
      const [, failed = ''] = /^ *× (.*?)(?: \d+ms)?$/m.exec(stdout) ?? [];
      resolve({ passes: !error, failed });
    });
  });
}

const only = process.argv.slice(2);
const chosen = removals.filter(({ id }) => only.length === 0 || only.includes(id));
const results = new Map<Removal, string>();
let unnoticed = 0;
const queue = chosen.values();
const work = async () => {
  for (const removal of queue) {
    const { passes, failed } = await tryWithout(removal);
    // A test that fails in its hooks, or because the copy cannot even be built, has not noticed anything.
    const isNoticed = !passes && failed !== '';
    if (!isNoticed) unnoticed += 1;
    results.set(removal, isNoticed ? failed : 'NOT NOTICED');
    process.stderr.write(`${isNoticed ? '✓' : '✗'} ${removal.id} ${removal.rule}\n`);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, work));
const rows = chosen.map((removal) => [`${removal.id} ${removal.rule}`, results.get(removal) ?? '']);
process.stdout.write(`${textTable([['WITHOUT', 'FAILS'], ...rows])}\n`);
process.exitCode = unnoticed > 0 ? 1 : 0;
