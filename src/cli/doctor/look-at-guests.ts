import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hostKeySecretsOf } from '../../worker/configuration/host-key-secrets.ts';
import { look, type Finding } from './finding.ts';

/** Whether a worker with this environment gets into guests: its keys, and what host keys are derived from. */
export async function lookAtGuests(env: NodeJS.ProcessEnv): Promise<Finding> {
  return look('guests', 'see the guide on guests', async () => {
    const directory = env['MOORING_SSH_KEYS_DIR'];
    const secrets = await hostKeySecretsOf(env);
    if (!directory && secrets.length === 0)
      return {
        state: 'off',
        says: 'nothing is asked of guests',
        todo: 'set MOORING_SSH_KEYS_DIR and MOORING_HOST_KEY_SECRET to have it',
      };
    if (!directory)
      return {
        state: 'warning',
        says: 'no SSH key',
        todo: 'set MOORING_SSH_KEYS_DIR to the folder of the private keys',
      };
    // ssh2 is the worker's alone: who only starts and watches need not have it.
    const { WorkerKeys } = await import('../../activities/guest/worker-keys.ts');
    const keys = new WorkerKeys(directory);
    const names = await keys.names();
    for (const name of names) await keys.publicKey(name);
    const modes = await Promise.all(names.map((name) => stat(join(directory, name))));
    const open = names.filter((_, index) => ((modes[index]?.mode ?? 0) & 0o044) !== 0);
    if (open.length > 0)
      return {
        state: 'warning',
        says: `other users may read ${open.join(', ')}`,
        todo: `chmod 600 in ${directory}`,
      };
    const says = `${names.length} SSH keys (${names.join(', ')}), ${secrets.length} secrets of host keys`;
    if (names.length === 0)
      return { state: 'warning', says: 'no SSH key', todo: `put a private key into ${directory}` };
    if (secrets.length === 0)
      return {
        state: 'warning',
        says,
        todo: 'set MOORING_HOST_KEY_SECRET, or give ssh.hostKey in each spec',
      };
    return { state: 'ok', says };
  });
}
