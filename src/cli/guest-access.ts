import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { derivedHostKey } from '../guest/host-key.ts';
import { Ovh } from '../ovh/index.ts';
import type { SimulatorCredentials } from '../simulator/index.ts';

/** The name of the SSH key, at the simulated OVH and in the worker's folder. */
export const GUEST_KEY = 'dev';

/**
 * Lets a worker into the guests of a simulator: a key in a folder of its own, its public half at the simulated OVH, and a
 * secret to derive host keys from. All of it is new each time, as is all that the simulator holds.
 *
 * @returns what the worker must have in its environment
 */
export async function openGuests(
  dataDir: string,
  endpoint: string,
  { projectId, ...credentials }: SimulatorCredentials,
): Promise<NodeJS.ProcessEnv> {
  const folder = join(dataDir, 'ssh-keys');
  const secret = () => randomBytes(32).toString('hex');
  const { privateKey, publicKey } = derivedHostKey(secret(), GUEST_KEY);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, GUEST_KEY), privateKey, { mode: 0o600 });
  const ovh = new Ovh({ endpoint, credentials: () => credentials });
  await ovh.project(projectId).sshKeys.create({ name: GUEST_KEY, publicKey });
  return { MOORING_SSH_KEYS_DIR: folder, MOORING_HOST_KEY_SECRET: secret() };
}
