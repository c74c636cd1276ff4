import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { recording } from './recording.ts';
import { replayed } from './replayed.ts';
import { createSimulator, serveSimulator, type ServedSimulator } from '../../src/simulator/index.ts';

/* OVHcloud's own client knows nothing of Mooring: what it cannot do against the simulator is the simulator's fault. */

const simulator = createSimulator(replayed);
const record = recording(simulator, 'node_ovh');
let served: ServedSimulator;
beforeAll(async () => {
  served = await serveSimulator(record.simulator, { tls: true });
});
afterAll(() => served.close());

test('the official Node client lives through everything an instance and a volume can, over https', async () => {
  const { hostname: host, port } = new URL(served.url);
  const script = fileURLToPath(new URL('node-ovh.mjs', import.meta.url));
  const given = JSON.stringify({ ...simulator.first, host, port: Number(port) });
  const { stdout } = await promisify(execFile)(process.execPath, [script, given], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: served.certificatePath },
    timeout: PATIENCE_MS,
  });
  if (process.env['MOORING_RECORD']) await record.save();
  const { instances, volumes, sshKeys, volumeSnapshots, deleted } = simulator.state();
  expect({ instances, volumes, sshKeys, volumeSnapshots }).toEqual({
    instances: [],
    volumes: [],
    sshKeys: [],
    volumeSnapshots: [],
  });
  expect([deleted.instances.length, deleted.volumes.length]).toEqual([1, 1]);
  const [instance] = deleted.instances;
  expect(JSON.parse(stdout)).toEqual({
    projects: [simulator.first.projectId],
    regions: expect.arrayContaining(['GRA11', 'EU-WEST-PAR']),
    addresses: 2,
    name: 'web-é',
    attachedTo: [instance?.id],
    listed: ['data'],
    refused: { unknownParameter: 400, otherProject: 404, badSignature: 400 },
  });
});
