import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { recording } from './recording.ts';
import { replayed } from './replayed.ts';
import { pythonWith } from '../support/python.ts';

/* Python clients that know nothing of Mooring: OVHcloud's own, and the OVH driver of Apache libcloud. */

const python = await pythonWith('ovh==1.2.0', 'apache-libcloud==3.9.1');
const because = 'missing' in python ? `, skipped: ${python.missing}` : '';

async function run(name: string, { tls }: { tls: boolean }) {
  const simulator = createSimulator(replayed);
  const record = recording(simulator, name.replace('.py', ''));
  const { endpoint, certificatePath, close } = await serveSimulator(record.simulator, { tls });
  const script = fileURLToPath(new URL(name, import.meta.url));
  const { host } = new URL(endpoint);
  const given = JSON.stringify({ ...simulator.first, endpoint, certificatePath, host });
  const path = 'path' in python ? python.path : '';
  try {
    const { stdout } = await promisify(execFile)(path, [script, given], { timeout: PATIENCE_MS });
    const { instances, volumes, sshKeys, volumeSnapshots, deleted } = simulator.state();
    const left = [...instances, ...volumes, ...sshKeys, ...volumeSnapshots];
    const made = { instances: deleted.instances.length, volumes: deleted.volumes.length };
    if (process.env['MOORING_RECORD']) await record.save();
    return { found: JSON.parse(stdout) as unknown, left, made, projectId: simulator.first.projectId };
  } finally {
    await close();
  }
}

describe.skipIf('missing' in python)(`in Python${because}`, () => {
  test('OVHcloud’s own client lives a whole life', async () => {
    const { found, left, made, projectId } = await run('python_ovh.py', { tls: false });
    expect(left).toEqual([]);
    expect(made).toEqual({ instances: 1, volumes: 1 });
    expect(found).toEqual({
      projects: [projectId],
      attached: true,
      name: 'web-2',
      busy: ['BadParametersError', true],
      unknown: ['BadParametersError', true],
      nobody: ['ResourceNotFoundError', true],
      asked: 'pendingValidation',
      pending: ['InvalidCredential', true],
    });
  });

  test('Apache libcloud’s driver does all that it offers, over https', async () => {
    const { found, left, made } = await run('libcloud_ovh.py', { tls: true });
    expect(left).toEqual([]);
    expect(made).toEqual({ instances: 1, volumes: 1 });
    expect(found).toEqual({
      running: true,
      addresses: 1,
      listed: ['then'],
      filtered: ['web-1'],
      volumes: ['data'],
    });
  });
});
