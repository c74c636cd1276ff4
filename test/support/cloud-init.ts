import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheDir } from '../../src/temporal/cli-cache.ts';
import { pythonWith } from './python.ts';

const execute = promisify(execFile);

/** A Python that has Debian's `cloudinit`, kept in the cache; or why there is none. */
export async function pythonWithCloudInit(): Promise<
  { path: string; env: NodeJS.ProcessEnv } | { missing: string }
> {
  const python = await pythonWith('pyyaml==6.0.4', 'requests==2.34.2', 'jsonpatch==1.48');
  if ('missing' in python) return python;
  const folder = join(defaultCacheDir(process.env), 'cloud-init');
  const modules = join(folder, 'usr', 'lib', 'python3', 'dist-packages');
  const found = { path: python.path, env: { PATH: process.env['PATH'], PYTHONPATH: modules } };
  if (await isThere(join(modules, 'cloudinit'))) return found;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    // Fetched and unpacked, not installed: this machine is to boot as ever.
    await execute('apt-get', ['download', 'cloud-init'], { cwd: folder });
    const [file = ''] = await readdir(folder);
    await execute('dpkg-deb', ['-x', file, '.'], { cwd: folder });
    return found;
  } catch {
    await rm(folder, { recursive: true, force: true });
    return { missing: 'apt-get cannot download the package cloud-init' };
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
