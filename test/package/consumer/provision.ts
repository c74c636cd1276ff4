/* A program of somebody else's: simulator, worker, client and a workflow of its own, from the package alone. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { isOperationFailed, Mooring, type NodeSpec } from 'mooring';
import { Ovh } from 'mooring/ovh';
import { createSimulator, serveSimulator } from 'mooring/simulator';
import { installRuntime, loadWorkerConfig, startWorker } from 'mooring/worker';
import { orderMachine } from './own-workflow.js';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const address = process.env['TEMPORAL_ADDRESS'] ?? '';
const spec: NodeSpec = {
  name: 'web-1',
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [{ name: 'data', size: 20 }],
};

const simulator = createSimulator({ bootMs: 300, volumeMs: 150, attachMs: 100, deleteMs: 100 });
const { endpoint, close } = await serveSimulator(simulator, { tls: false });
const { applicationKey, applicationSecret, consumerKey, projectId } = simulator.first;
const { code } = await bundleWorkflowCode({
  workflowsPath: here('all-workflows.js'),
  logger: new DefaultLogger('WARN'),
});
await writeFile(here('bundle.cjs'), code);
await installRuntime({ logLevel: 'ERROR' });
const config = await loadWorkerConfig({
  OVH_ENDPOINT: endpoint,
  OVH_APPLICATION_KEY: applicationKey,
  OVH_APPLICATION_SECRET: applicationSecret,
  OVH_CONSUMER_KEY: consumerKey,
  OVH_CLOUD_PROJECT_SERVICE: projectId,
  MOORING_OWNER: 'consumer',
  MOORING_SETTLE: '1s',
  MOORING_FIRST_LOOK: 'instance=250ms,volume=150ms,attach=100ms',
  MOORING_WORKFLOW_BUNDLE: here('bundle.cjs'),
});
const worker = await startWorker(config, { address });
const connection = await Connection.connect({ address });
const client = new Client({ connection });
const standing = () => {
  const { instances, volumes } = simulator.state();
  return [instances.length, volumes.length];
};

{
  await using mooring = Mooring.from(client);
  const run = await mooring.start('provisionNodeWithVolume', spec);
  const node = await run.result({ timeoutMs: 60_000 });
  assert.equal(node.outcome, 'created');
  assert.deepEqual(standing(), [1, 1]);
  const ovh = new Ovh({
    endpoint,
    credentials: { applicationKey, applicationSecret, consumerKey },
  });
  assert.equal((await ovh.project(projectId).instances.get(node.instance.id)).status, 'ACTIVE');
  const differing = mooring.start('provisionNodeWithVolume', { ...spec, flavor: 'b3-16' });
  await assert.rejects(
    differing.then((other) => other.result()),
    (error) => isOperationFailed(error, 'NodeDiffers'),
  );
}
// It was ours before, and still is.
await connection.workflowService.getSystemInfo({});

const ofTheirs = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: 'orders',
  workflowsPath: here('own-workflow.js'),
});
const ordered = await ofTheirs.runUntil(
  client.workflow.execute(orderMachine, {
    taskQueue: 'orders',
    workflowId: 'order-1',
    args: [{ ...spec, name: 'web-2' }],
  }),
);
assert.match(ordered.host ?? '', /^\d+\./);
assert.deepEqual(standing(), [2, 2]);

// The same workflow in the worker's own bundle, beside ours.
const refused = await client.workflow.execute(orderMachine, {
  taskQueue: 'mooring',
  workflowId: 'order-2',
  args: [{ ...spec, name: 'web-3', flavor: 'b3-none' }],
});
assert.match(refused.refused ?? '', /b3-none/);
assert.deepEqual(standing(), [2, 2]);

const mooring = Mooring.from(client);
for (const name of ['web-1', 'web-2'])
  await (await mooring.start('destroyNode', { region: 'GRA11', name })).result();
assert.deepEqual(standing(), [0, 0]);

await worker.stop();
await connection.close();
await close();
process.stdout.write('provisioned, ordered, refused, destroyed\n');
process.exit();
