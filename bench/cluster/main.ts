/*
 * `npm run bench:cluster`: a fleet on a Temporal cluster with PostgreSQL and two workers; then another one while
 * PostgreSQL, Temporal and a worker are killed in the middle. Says what OVH holds afterwards.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Mooring } from '../../src/client/index.ts';
import type { FleetSpec } from '../../src/contract/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { writeWorkflowBundle } from '../../src/worker/workflow-source.ts';
import { ovhEnvironment } from '../../test/support/scene.ts';
import { startCluster } from './temporal-cluster.ts';

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '100' } } });
const count = Number(values.nodes);
const log = (line: string) => void process.stdout.write(`${line}\n`);
const [bootMs, volumeMs, attachMs] = [33_000, 4000, 4000];
const floorMs = bootMs + attachMs;

const folder = await mkdtemp(join(tmpdir(), 'mooring-cluster-'));
const cluster = await startCluster(folder, log);
const simulator = createSimulator({ bootMs, volumeMs, attachMs, latencyMs: 50, rateLimit: 20 });
const { projectId } = simulator.first;
const { endpoint, close } = await serveSimulator(simulator);
const bundle = join(tmpdir(), `mooring-cluster-${process.pid}.js`);
await writeWorkflowBundle(bundle);
const workers = [startWorker(), startWorker()];
const mooring = await Mooring.connect({ address: cluster.address, deadlineMs: 60_000 });
log(
  `Temporal with PostgreSQL at ${cluster.address}, two workers; OVH's own time for a node: ${floorMs / 1000} s`,
);

try {
  await fleet('quiet', async () => {});
  await fleet('killed', async () => {
    await sleep(8000);
    log('  SIGKILL of PostgreSQL, back after 5 s');
    await cluster.postgres.kill();
    await sleep(5000);
    await cluster.postgres.start();
    await sleep(5000);
    log('  SIGKILL of Temporal, back after 5 s');
    await cluster.temporal.kill();
    await sleep(5000);
    await cluster.temporal.start();
    await sleep(5000);
    log('  SIGKILL of a worker, replaced at once');
    workers[0]?.kill('SIGKILL');
    workers[0] = startWorker();
  });
} finally {
  await mooring.close();
  await Promise.all(workers.map(ended));
  await cluster.stop();
  await close();
  await rm(bundle);
  await rm(folder, { recursive: true });
}

async function fleet(name: string, trouble: () => Promise<void>): Promise<void> {
  const spec: FleetSpec = {
    name,
    count,
    node: { region: 'GRA11', flavor: 'b3-8', image: 'Debian 12', volumes: [{ name: 'data', size: 20 }] },
  };
  const calls = simulator.calls().length;
  const began = Date.now();
  const run = await mooring.start('provisionFleet', spec);
  const [result] = await Promise.all([outcome(run.workflowId, () => run.result()), trouble()]);
  const seconds = (Date.now() - began) / 1000;
  const { instances, volumes } = simulator.state(projectId);
  const made = simulator.calls().slice(calls);
  const perNode = made.length / count;
  const refused = made.filter(({ status }) => status === 429).length;
  log(
    `${name}: ${count} nodes asked for; OVH holds ${instances.length} instances and ${volumes.length} volumes; ` +
      `${result}; ${seconds.toFixed(1)} s, ${((seconds * 1000) / floorMs).toFixed(2)} x OVH's own time, ` +
      `${perNode.toFixed(1)} calls a node, ${refused} answered 429`,
  );
  const destroying = await mooring.start('destroyFleet', { name });
  await destroying.result();
  const left = simulator.state(projectId);
  log(`${name}: destroyed; OVH holds ${left.instances.length} instances and ${left.volumes.length} volumes`);
  const isExact = instances.length === count && volumes.length === count;
  if (!isExact || left.instances.length + left.volumes.length > 0) process.exitCode = 1;
}

/** A call that waits is cut when the server dies; the run is not. */
async function outcome(workflowId: string, result: () => Promise<{ nodes: unknown[] }>): Promise<string> {
  for (;;)
    try {
      const { nodes } = await result();
      return `${workflowId} completed with ${nodes.length}`;
    } catch (error) {
      if ((error as Error).name !== 'ServiceError') throw error;
      await sleep(1000);
    }
}

function startWorker(): ChildProcess {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TEMPORAL_ADDRESS: cluster.address,
    MOORING_WORKFLOW_BUNDLE: bundle,
    MOORING_OWNER: 'bench',
    MOORING_LOG_LEVEL: 'ERROR',
    ...ovhEnvironment(endpoint, simulator.first),
  };
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'worker'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // One that is started while Temporal is away gives up: an operator's supervisor starts it again.
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
