import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('../..', import.meta.url));

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
  if ((await lockOf(folder)) === (await lockOf(here)))
    await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
  else await run('npm', ['ci', '--ignore-scripts', '--prefer-offline'], { cwd: folder });
  await run('npm', ['run', 'build'], { cwd: folder });
  return folder;
}

/** The lockfile, but for the version of the program itself: each has another. */
async function lockOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'package-lock.json'), 'utf8');
  const { version: _, ...lock } = JSON.parse(text) as { version: string; packages: Record<string, object> };
  return JSON.stringify({ ...lock, packages: { ...lock.packages, '': undefined } });
}

/**
 * The last version that was released before HEAD: histories are recorded in the commit that releases one, and never touched
 * again. Undefined where HEAD is the first.
 */
export async function lastRelease(): Promise<string | undefined> {
  const released = await git('log', '--first-parent', '--format=%h', '--', 'test/histories/SHA256SUMS');
  const head = await git('rev-parse', '--short', 'HEAD');
  return released.split('\n').find((commit) => commit !== '' && commit !== head);
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: here })).stdout.trim();
}
