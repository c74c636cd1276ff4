import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the package and packs it into a folder, as `npm publish` would. Returns the tarball and what is in it. */
export async function pack(folder: string): Promise<{ tarball: string; files: string[] }> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  // What the build says on standard output comes before.
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as {
    filename: string;
    files: { path: string }[];
  }[];
  if (!packed) throw new Error('npm packed nothing');
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}
