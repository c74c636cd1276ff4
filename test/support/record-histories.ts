/*
 * Records the histories of this version for test/workflows/replay.test.ts: `npm run histories`. Existing files stay as
 * they are: they are what runs that began with that version look like.
 */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
import { Ovh } from '../../src/ovh/index.ts';
import { PATIENT } from './patience.ts';
import { loginKey } from './sshd.ts';
import { sumsOf } from './sums.ts';
import { until } from './until.ts';
import './runtime.ts';

const histories = new URL('../histories/', import.meta.url);
const folder = await mkdtemp(join(tmpdir(), 'mooring-histories-'));
const simulator = createSimulator({
  bootMs: 500,
  volumeMs: 250,
  attachMs: 150,
  deleteMs: 150,
  guests: {},
  guestSshMs: 200,
});
const { endpoint, close } = await serveSimulator(simulator);
// A fleet of a dozen nodes has several runs.
const server = await startEmbeddedServer({
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 },
});
const bundle = join(folder, 'workflows.js');
await writeWorkflowBundle(bundle);
const { projectId, ...credentials } = simulator.first;
const { privateKey, publicKey } = loginKey();
await writeFile(join(folder, 'histories'), privateKey, { mode: 0o600 });
const ovh = new Ovh({ endpoint, credentials: () => credentials });
await ovh.project(projectId).sshKeys.create({ name: 'histories', publicKey });
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
    guests: {
      keysDirectory: folder,
      hostKeySecrets: ['a secret of those who record histories'],
      sources: { directory: undefined, variables: [] },
    },
    projects: [
      {
        alias: 'main',
        projectId,
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

const FAILING: ReadonlySet<string> = new Set([
  'provision-differs',
  'provision-rolled-back',
  'provision-cancelled',
  'provision-kept',
  'provision-fleet-rolled-back',
  'provision-rollback-kept',
]);
const spec = (name: string, more: Partial<NodeSpec> = {}): NodeSpec => ({
  name,
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [{ name: 'data', size: 20 }],
  ...more,
});
const project = `/cloud/project/${projectId}`;
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
const { runId: reaping } = await client.workflow.getHandle(terminated.workflowId).describe();
await keep('reap-node', terminated.workflowId, reaping);

const { name: _name, ...member } = spec('any');
const fleet = { name: 'web', count: 3, node: member };
await record('provision-fleet', mooring.start('provisionFleet', fleet));
simulator.addFault({ kind: 'instance-error', method: 'POST', path: `${project}/instance`, times: 1 });
await record('provision-fleet-rolled-back', mooring.start('provisionFleet', { ...fleet, count: 5 }));
await record('destroy-fleet', mooring.start('destroyFleet', { name: 'web' }));

const inGuests = (name: string, more: Partial<NodeSpec> = {}) =>
  spec(name, { sshKey: 'histories', ssh: { port: simulator.guests?.port ?? 22 }, ...more });
const steps = (name: string) => [{ name, script: 'true' }];
await record(
  'provision-deployed',
  provision(inGuests('ten', { ready: { until: 'ssh' }, deploy: { steps: steps('first') } })),
);
const { ssh, region } = inGuests('ten');
await record(
  'deploy',
  mooring.start('deployNode', {
    region,
    name: 'ten',
    steps: steps('later'),
    ssh: { ...ssh, key: 'histories' },
  }),
);
await record('list', mooring.start('listNodes', {}));
await record(
  'provision-behind-a-floating-ip',
  provision(spec('eleven', { networks: [{ network: 'private', floatingIp: true }] })),
);
await record('destroy-behind-a-floating-ip', mooring.start('destroyNode', { region, name: 'eleven' }));

const resisting = await provision(spec('twelve'));
simulator.addFault({ kind: 'status', status: 409, method: 'DELETE', path: `${project}/instance/*` });
await until(async () => simulator.state(projectId).instances.some(({ name }) => name.startsWith('twelve')));
await resisting.cancel();
await until(async () =>
  simulator.calls().some(({ method, status }) => method === 'DELETE' && status === 409),
);
await resisting.keep();
await record('provision-rollback-kept', Promise.resolve(resisting));
simulator.clearFaults();

// A run that was reset is no history for the SDK's replay, which gives it the id of the run before.
const long = await mooring.start('provisionFleet', { ...fleet, name: 'long', count: 12, maxConcurrent: 3 });
await long.result();
await keep('provision-fleet-continues', long.workflowId, long.runId);
const { runId: continued } = await client.workflow.getHandle(long.workflowId).describe();
if (continued === long.runId) throw new Error('The fleet has one run only.');
await keep('provision-fleet-continued', long.workflowId, continued);

await writeFile(new URL('SHA256SUMS', histories), await sumsOf(histories));
await connection.close();
await mooring.close();
await worker.stop();
await server.stop();
await close();
await simulator.stop();
await rm(folder, { recursive: true });

async function record(name: string, starting: Promise<Run>): Promise<void> {
  const run = await starting;
  const hasFailed = await run.result().then(
    () => false,
    () => true,
  );
  if (hasFailed !== FAILING.has(name))
    throw new Error(`${name}: the run has ${hasFailed ? 'failed' : 'completed'}`);
  const { runId } = await client.workflow.getHandle(run.workflowId).describe();
  if (runId !== run.runId) throw new Error(`${name}: the run has continued as another`);
  await keep(name, run.workflowId, run.runId);
}

async function keep(name: string, workflowId: string, runId: string): Promise<void> {
  const file = new URL(`${packageJson.version}-${name}.json`, histories);
  if (
    await access(file).then(
      () => true,
      () => false,
    )
  )
    return;
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) }, null, 1);
  // Stack traces carry the paths of the machine that recorded them, and replay does not look at them.
  await writeFile(
    file,
    json
      .replaceAll(/("stackTrace": )"(?:[^"\\]|\\.)*"/g, '$1""')
      .replaceAll(/("identity": )"[^"]*"/g, '$1"worker"')
      // A queue of a worker's own has the name of its machine.
      .replaceAll(/"\d+@[^"]*"/g, '"worker"'),
  );
  process.stderr.write(`${name}\n`);
}
