/*
 * Records the histories of this version for test/workflows/replay.test.ts: `npm run histories`. Existing files stay as
 * they are: they are what runs that began with that version look like.
 */
import { access, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { NodeSpec } from '../../src/contract/index.ts';
import { Mooring, type Run } from '../../src/client/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { writeWorkflowBundle } from '../../src/worker/workflow-source.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { PATIENT } from './patience.ts';
import './runtime.ts';

const simulator = createSimulator({ bootMs: 500, volumeMs: 250, attachMs: 150, deleteMs: 150 });
const { endpoint, close } = await serveSimulator(simulator);
const server = await startEmbeddedServer();
const bundle = join(tmpdir(), `mooring-histories-${process.pid}.js`);
await writeWorkflowBundle(bundle);
const credentials = simulator.first;
const worker = await startWorker(
  {
    taskQueue: 'mooring',
    owner: 'histories',
    settleMs: 1000,
    firstLooks: { instance: 250, volume: 150, attach: 100 },
    mutationsPerSecond: 1000,
    logLevel: 'ERROR',
    workflowBundle: bundle,
    userData: { directory: undefined, variables: [] },
    projects: [
      {
        alias: 'main',
        projectId: credentials.projectId,
        endpoint,
        credentials: () => credentials,
        origin: 'histories',
        subsidiary: 'FR',
      },
    ],
  },
  { address: server.address },
);
const mooring = await Mooring.connect({ ...PATIENT, address: server.address });
const { client, connection } = await connectClient({ ...PATIENT, address: server.address });

const spec = (name: string, more: Partial<NodeSpec> = {}): NodeSpec => ({
  name,
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [{ name: 'data', size: 20 }],
  ...more,
});
const project = `/cloud/project/${credentials.projectId}`;
const provision = (wanted: NodeSpec) => mooring.start('provisionNodeWithVolume', wanted);

await record('provision-created', provision(spec('one')));
await record('provision-adopted', provision(spec('one')));
await record(
  'provision-completed',
  provision(
    spec('one', {
      volumes: [
        { name: 'data', size: 20 },
        { name: 'log', size: 10 },
      ],
    }),
  ),
);
await record('provision-differs', provision(spec('one', { flavor: 'b3-16' })));
await record('destroy', mooring.start('destroyNode', { region: 'GRA11', name: 'one' }));
simulator.addFault({ kind: 'status', status: 400, method: 'POST', path: `${project}/volume`, times: 1 });
await record('provision-rolled-back', provision(spec('two')));
simulator.addFault({ kind: 'duplicate', method: 'POST', path: `${project}/instance`, times: 1 });
await record('provision-counted', provision(spec('three')));
const cancelled = await provision(spec('four'));
await sleep(600);
await cancelled.cancel();
await record('provision-cancelled', Promise.resolve(cancelled));
const strange = await client.workflow.start('provisionNodeWithVolume', {
  workflowId: 'stranger',
  taskQueue: 'mooring',
  args: [spec('five')],
});
await strange.result();
await keep('provision-by-a-stranger', 'stranger', strange.firstExecutionRunId);
await record('inspect', mooring.start('inspectNode', spec('five')));
const { image: _image, ...withoutImage } = spec('six');
await record(
  'provision-boots-from-a-volume',
  provision({ ...withoutImage, bootVolume: { image: 'Debian 12', size: 50 } }),
);
await record(
  'provision-in-a-zone',
  provision(spec('seven', { region: 'EU-WEST-PAR', availabilityZone: 'eu-west-par-b' })),
);

simulator.addFault({ kind: 'reset-after', method: 'POST', path: `${project}/instance`, times: 1 });
simulator.addFault({
  kind: 'status',
  status: 400,
  method: 'POST',
  path: `${project}/volume/*/attach`,
  times: 1,
});
await record('provision-kept', provision(spec('eight', { run: { onFailure: 'keep' } })));
simulator.addFault({ kind: 'delay', delayMs: 5000, method: 'GET', path: `${project}/instance/*`, times: 2 });
const terminated = await provision(spec('nine', { volumes: [] }));
await sleep(1000);
await client.workflow.getHandle(terminated.workflowId).terminate();
await sleep(1500);
await record('reap', mooring.start('reap', { apply: true, olderThan: '1s' }));

const { name: _name, ...member } = spec('any');
const fleet = { name: 'web', count: 3, node: member };
await record('provision-fleet', mooring.start('provisionFleet', fleet));
simulator.addFault({ kind: 'instance-error', method: 'POST', path: `${project}/instance`, times: 1 });
await record('provision-fleet-rolled-back', mooring.start('provisionFleet', { ...fleet, count: 5 }));
await record('destroy-fleet', mooring.start('destroyFleet', { name: 'web' }));

await connection.close();
await mooring.close();
await worker.stop();
await server.stop();
await close();

async function record(name: string, starting: Promise<Run>): Promise<void> {
  const run = await starting;
  await run.result().catch(() => undefined);
  await keep(name, run.workflowId, run.runId);
}

async function keep(name: string, workflowId: string, runId: string): Promise<void> {
  const file = new URL(`../histories/${packageJson.version}-${name}.json`, import.meta.url);
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  )
    return;
  await mkdir(new URL('../histories/', import.meta.url), { recursive: true });
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) }, null, 1);
  // Stack traces carry the paths of the machine that recorded them, and replay does not look at them.
  await writeFile(
    file,
    json
      .replaceAll(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""')
      .replaceAll(/("identity": )"[^"]*"/g, '$1"worker"'),
  );
  process.stderr.write(`${name}\n`);
}
