import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheDir } from '../../src/temporal/cli-cache.ts';
import { pythonWith } from './python.ts';

const execute = promisify(execFile);

/**
 * A Python that has Debian's `cloudinit`, kept in the cache; or why there is none. `others` are packages that a part of it
 * needs: files of tests that run side by side each make a Python of their own.
 */
export async function pythonWithCloudInit(
  ...others: string[]
): Promise<{ path: string; env: NodeJS.ProcessEnv } | { missing: string }> {
  const python = await pythonWith('pyyaml==6.0.4', 'requests==2.34.2', 'jsonpatch==1.48', ...others);
  if ('missing' in python) return python;
  const folder = join(defaultCacheDir(process.env), 'cloud-init');
  const modules = join(folder, 'usr', 'lib', 'python3', 'dist-packages');
  const found = { path: python.path, env: { PATH: process.env['PATH'], PYTHONPATH: modules } };
  if (await isThere(modules)) return found;
  const fetched = await mkdtemp(`${folder}-`);
  try {
    // Fetched and unpacked, not installed: this machine is to boot as ever.
    await execute('apt-get', ['download', 'cloud-init'], { cwd: fetched });
    const [file = ''] = await readdir(fetched);
    await execute('dpkg-deb', ['-x', file, '.'], { cwd: fetched });
    await rename(fetched, folder).catch(() => undefined);
    return (await isThere(modules)) ? found : { missing: 'another process is fetching cloud-init' };
  } catch {
    return { missing: 'apt-get cannot download the package cloud-init' };
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
