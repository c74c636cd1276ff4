import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { Caller } from '../simulator/support.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { isProof } from '../support/proof.ts';
import { pythonWith } from '../support/python.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { recording } from './recording.ts';
import { replayed } from './replayed.ts';

/* Ansible with the collection `synthesio.ovh`, a dozen processes long: in `npm run test:proof`. */

const execute = promisify(execFile);
const ansible = isProof ? await withCollection() : { missing: 'npm run test:proof runs it' };
const because = 'missing' in ansible ? `, skipped: ${ansible.missing}` : '';

/**
 * Ansible, and the folder of its collections: `MOORING_ANSIBLE_COLLECTIONS`, or one that `ansible-galaxy` fills, which
 * needs the network.
 */
async function withCollection(): Promise<{ bin: string; collections: string } | { missing: string }> {
  const python = await pythonWith('ansible-core==2.19.14', 'ovh==1.2.0');
  if ('missing' in python) return python;
  const bin = dirname(python.path);
  const given = process.env['MOORING_ANSIBLE_COLLECTIONS'];
  if (given) return { bin, collections: given };
  const collections = await mkdtemp(join(tmpdir(), 'mooring-'));
  afterAll(() => rm(collections, { recursive: true }));
  try {
    const install = ['collection', 'install', 'synthesio.ovh:5.11.1', '-p', collections];
    await execute(join(bin, 'ansible-galaxy'), install, { timeout: PATIENCE_MS });
    return { bin, collections };
  } catch {
    return {
      missing:
        'ansible-galaxy cannot install synthesio.ovh; MOORING_ANSIBLE_COLLECTIONS may name where it is',
    };
  }
}

describe.skipIf('missing' in ansible)(`Ansible${because}`, () => {
  test('a playbook makes a node with a volume, and deletes it', async () => {
    const { bin, collections } = ansible as { bin: string; collections: string };
    const simulator = createSimulator(replayed);
    const record = recording(simulator, 'ansible');
    const { endpoint, close } = await serveSimulator(record.simulator);
    const { projectId, applicationKey, applicationSecret, consumerKey } = simulator.first;
    const caller = new Caller(simulator, simulator.first, Date.now);
    const [network] = (await caller.project('GET', '/network/private')).body as [{ id: string }];
    const given = JSON.stringify({ project: projectId, private_network: network.id });
    // OVHcloud's Python client knows endpoints by name alone.
    const folder = await temporaryFolder();
    const named = `import ovh.client\novh.client.ENDPOINTS["simulator"] = ${JSON.stringify(endpoint)}\n`;
    await writeFile(join(folder, 'sitecustomize.py'), named);
    const playbook = fileURLToPath(new URL('ansible.yml', import.meta.url));
    try {
      await execute(join(bin, 'ansible-playbook'), [playbook, '-e', given], {
        env: {
          ...process.env,
          PYTHONPATH: folder,
          ANSIBLE_COLLECTIONS_PATH: collections,
          ANSIBLE_PYTHON_INTERPRETER: join(bin, 'python'),
          ANSIBLE_LOCALHOST_WARNING: 'false',
          OVH_ENDPOINT: 'simulator',
          OVH_APPLICATION_KEY: applicationKey,
          OVH_APPLICATION_SECRET: applicationSecret,
          OVH_CONSUMER_KEY: consumerKey,
        },
        timeout: PATIENCE_MS,
      }).catch((error: Error & { stdout?: string }) => {
        throw new Error(`${error.message}\n${error.stdout ?? ''}`);
      });
      if (process.env['MOORING_RECORD']) await record.save();
    } finally {
      await close();
    }
    const { instances, volumes, sshKeys, deleted } = simulator.state();
    expect([...instances, ...volumes]).toEqual([]);
    expect(sshKeys).toMatchObject([{ name: 'laptop' }]);
    expect([deleted.instances.length, deleted.volumes.length]).toEqual([1, 1]);
  });
});
