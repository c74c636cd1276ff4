/*
 * `npm run check:package`: what would be published is whole: its manifest (publint), its types (Are the types wrong?) and
 * its source maps.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack, root } from './pack.ts';

const run = promisify(execFile);
const tool = (name: string) => join(root, 'node_modules', '.bin', name);
const folder = await mkdtemp(join(tmpdir(), 'mooring-package-'));
try {
  const { tarball, files } = await pack(folder);
  await passes('publint', ['run', tarball, '--strict']);
  // It is ESM alone; Node has loaded that by `require` since 20.19.
  await passes('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed']);
  await mapsResolve(files);
  process.stdout.write(`${files.length} files, and nothing wrong with them\n`);
} catch (error) {
  const { stdout = '', message } = error as Error & { stdout?: string };
  process.stderr.write(`${stdout}${message}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

async function passes(name: string, args: string[]): Promise<void> {
  await run(tool(name), args);
}

/** The package holds no sources, so each map must bring them. */
async function mapsResolve(files: string[]): Promise<void> {
  const scripts = files.filter((file) => /^dist\/.*(?<!bundle|encrypted)\.js$/.test(file));
  if (scripts.length === 0) throw new Error('no scripts were packed');
  for (const file of scripts) {
    const map = JSON.parse(await readFile(join(root, `${file}.map`), 'utf8')) as {
      sourcesContent?: unknown[];
    };
    if (!files.includes(`${file}.map`) || !map.sourcesContent?.every((text) => typeof text === 'string'))
      throw new Error(`the source map of ${file} leads nowhere`);
  }
}
