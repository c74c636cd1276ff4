import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CliRelease } from './cli-release.ts';

/** `$XDG_CACHE_HOME/mooring`, else `~/.cache/mooring`. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'mooring');
}

/** The path of the release in the cache, if what lies there is that release to the last bit. */
export async function cached(cacheDir: string, release: CliRelease): Promise<string | undefined> {
  const path = pathOf(cacheDir, release);
  return (await sha256(path).catch(() => '')) === release.binarySha256 ? path : undefined;
}

/**
 * Keeps what `fetchInto` delivers. The rename is the last step and atomic: a process that dies here, or two that fetch at
 * once, leave a whole file or none.
 *
 * @throws an `Error` when it is not the release
 */
export async function keep(
  cacheDir: string,
  release: CliRelease,
  fetchInto: (dir: string) => Promise<string>,
): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  const dir = await mkdtemp(join(cacheDir, '.fetching-'));
  try {
    const fetched = await fetchInto(dir);
    if ((await sha256(fetched)) !== release.binarySha256)
      throw new Error('what arrived has another checksum');
    await chmod(fetched, 0o755);
    await rename(fetched, pathOf(cacheDir, release));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return pathOf(cacheDir, release);
}

function pathOf(cacheDir: string, { version, platform, arch }: CliRelease): string {
  return join(cacheDir, `temporal-${version}-${platform}-${arch}`);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
