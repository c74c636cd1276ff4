import { execFile } from 'node:child_process';
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheDir } from '../../src/temporal/cli-cache.ts';

const execute = promisify(execFile);

/** A Python that has these packages, made once and kept in the cache; or why there is none. */
export async function pythonWith(...packages: string[]): Promise<{ path: string } | { missing: string }> {
  const folder = join(defaultCacheDir(process.env), `python-${packages.join('-')}`);
  const path = join(folder, 'bin', 'python');
  const done = join(folder, '.complete');
  if (
    await access(done).then(
      () => true,
      () => false,
    )
  )
    return { path };
  try {
    await execute('python3', ['-m', 'venv', '--clear', folder]);
    await execute(path, ['-m', 'pip', 'install', '--quiet', ...packages]);
    await mkdir(done);
    return { path };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { missing: absent ? 'there is no python3' : `python3 cannot install ${packages.join(' and ')}` };
  }
}
