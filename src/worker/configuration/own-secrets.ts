import { realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

/** Variables that are the worker's own: credentials, keys, and where those are. */
const OWN = /^(OVH|MOORING|TEMPORAL)_/i;

/** The first of these variables that is the worker's own: to let specs name it would hand them the worker's secrets. */
export function ownVariable(names: readonly string[]): string | undefined {
  return names.find((name) => OWN.test(name));
}

/**
 * What of the worker's own secrets lies in that folder, in words; undefined where nothing does. Whoever may start runs
 * reads the whole folder, by booting a machine with a file of it.
 */
export async function ownSecretIn(
  folder: string,
  env: NodeJS.ProcessEnv,
  ovhConfFiles: readonly string[],
): Promise<string | undefined> {
  const named = Object.entries(env)
    .filter(([name]) => OWN.test(name) && (/_(FILE|PATH)$/.test(name) || name === KEYS_FOLDER))
    .map(([name, path = '']) => [name, path] as const);
  const own = [
    ...named,
    ...ovhConfFiles.map((path) => [path, path] as const),
    ['the environment of every process', '/proc/self/environ'] as const,
  ];
  const root = await realOf(folder);
  for (const [what, path] of own)
    if (path !== '' && isIn(root, await realOf(path))) return what === path ? path : `${what} (${path})`;
  // A folder within that of the keys would be read as if it were no secret.
  const keys = env[KEYS_FOLDER];
  return keys && isIn(await realOf(keys), root) ? `${KEYS_FOLDER} (${keys})` : undefined;
}

/** All that is in it is secret. */
const KEYS_FOLDER = 'MOORING_SSH_KEYS_DIR';

function isIn(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Where it lies behind all links; of what is not there yet, where it would. */
async function realOf(path: string): Promise<string> {
  const whole = resolve(path);
  const parent = join(whole, '..');
  try {
    return await realpath(whole);
  } catch {
    return parent === whole ? whole : join(await realOf(parent), whole.slice(parent.length));
  }
}
