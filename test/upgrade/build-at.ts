import { execFile } from 'node:child_process';
import { access, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('../..', import.meta.url));
const TRIES = 5;

/** The program as it is here, built. Returns its folder. */
export async function buildHere(): Promise<string> {
  await run('npm', ['run', 'build'], { cwd: here });
  return here;
}

/** The program as a commit has it, built in a folder that is made for it. Returns that. */
export async function buildAt(ref: string, folder: string): Promise<string> {
  await mkdir(folder);
  const archive = `${folder}.tar`;
  await git('archive', '--output', archive, ref);
  await run('tar', ['--extract', '--file', archive, '--directory', folder]);
  const lock = async (of: string) => readFile(join(of, 'package-lock.json'), 'utf8');
  if ((await lock(folder)) === (await lock(here)))
    await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
  else await run('npm', ['ci'], { cwd: folder });
  await run('npm', ['run', 'build'], { cwd: folder });
  return folder;
}

/**
 * The newest commit of the main line whose workflows are not those of HEAD, and which can be built: a commit need not
 * build by itself, nor with what a registry offers by now. It is none from before histories were last recorded anew, which
 * happens to what was never released; if there is none since, it is that one. Returns it and its build in `folder`.
 */
export async function buildLastWithOtherWorkflows(folder: string): Promise<{ from: string; build: string }> {
  const log = async (...what: string[]) => git('log', `-${TRIES}`, '--first-parent', '--format=%H', ...what);
  const [anew = ''] = (await log('--diff-filter=MD', '--', 'test/histories')).split('\n');
  const changes = (await log(`${anew}..HEAD`, '--', 'src/workflows')).split('\n').filter(Boolean);
  const why: string[] = [];
  for (const commit of [...changes.map((change) => `${change}^`), anew]) {
    const from = await git('rev-parse', '--short', commit);
    try {
      return { from, build: await buildAt(from, join(folder, from)) };
    } catch (error) {
      why.push(`${from} cannot be built: ${(error as Error & { stdout?: string }).stdout ?? String(error)}`);
    }
  }
  throw new Error(`None of the last ${TRIES} versions can be built; name one by --from.\n${why.join('\n')}`);
}

export async function knowsFleets(folder: string): Promise<boolean> {
  return access(join(folder, 'dist/workflows/provision-fleet.js')).then(
    () => true,
    () => false,
  );
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: here })).stdout.trim();
}
