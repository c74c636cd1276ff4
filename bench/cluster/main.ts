/*
 * `npm run bench:cluster`: fleets on a Temporal cluster with PostgreSQL, by one worker and by three; each also while
 * PostgreSQL, Temporal and a worker are killed in the middle. Says what OVH holds afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { textTable } from '../../src/cli/text-table.ts';
import { fleetNodeName } from '../../src/contract/fleet.ts';
import { nodeWorkflowId } from '../../src/contract/ref.ts';
import type { SimulatorCall } from '../../src/simulator/index.ts';
import { activitiesOf, eventsOf } from '../support/histories.ts';
import { kindsOf, specOf } from '../support/nodes.ts';
import { floorMs, leastMs, onStage, removeBundle, type Stage } from '../support/stage.ts';
import { startCluster } from './temporal-cluster.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100' },
    workers: { type: 'string', default: '1,3' },
    repeat: { type: 'string', default: '1' },
  },
});
const nodes = Number(values.nodes);
const counts = values.workers.split(',').map(Number);
/** How many of the nodes that are ready last are shown. */
const LATEST = 2;
const log = (line: string) => void process.stdout.write(`${line}\n`);

const folder = await mkdtemp(join(tmpdir(), 'mooring-cluster-'));
const cluster = await startCluster(folder, log);
log(
  `Temporal with PostgreSQL at ${cluster.address}; OVH's own time for a node: ${floorMs / 1000} s, ` +
    `the least for ${nodes}: ${(leastMs(nodes) / 1000).toFixed(1)} s`,
);
const rows = [['', 'all ready', "÷ OVH's own time", 'calls a node', '429', 'OVH holds', 'once destroyed']];
try {
  for (let round = 1; round <= Number(values.repeat); round += 1)
    for (const workers of counts)
      for (const [name, trouble] of Object.entries({ undisturbed: untroubled, killed }))
        rows.push(await measured(workers, name, trouble));
} finally {
  log(textTable(rows));
  await cluster.stop();
  await removeBundle();
  await rm(folder, { recursive: true });
}

async function measured(
  workers: number,
  name: string,
  trouble: (stage: Stage, at: (what: string) => void) => Promise<void>,
): Promise<string[]> {
  return onStage({ address: cluster.address, taskQueue: `row-${rows.length}`, workers }, async (stage) => {
    const title = `${name}, workers ${workers}`;
    log(title);
    const { simulator, mooring } = stage;
    const began = Date.now();
    const secondsFrom = (time: number) => (time - began) / 1000;
    const at = (what: string) => log(`  ${secondsFrom(Date.now()).toFixed(1).padStart(6)} s  ${what}`);
    let isOver = false;
    for (const worker of stage.workers)
      void worker.exited.then((last) => {
        if (isOver || !stage.workers.includes(worker)) return;
        at(`a worker has ended by itself: ${last}`);
        process.exitCode = 1;
      });
    const { name: _, ...node } = specOf('');
    const run = await mooring.start('provisionFleet', { name: `fleet-${began}`, count: nodes, node });
    const ready = patiently(() => run.result()).then(() => secondsFrom(Date.now()));
    const [seconds] = await Promise.all([ready, trouble(stage, at)]);
    log(`  ${seconds.toFixed(1).padStart(6)} s  all ready`);

    const calls = simulator.calls().filter(({ time }) => time >= began);
    for (const [what, ending] of Object.entries({
      instance: '/instance',
      volume: '/volume',
      attachment: '/attach',
    }))
      log(`          ${what}: ${spread(calls, ending, secondsFrom)}`);
    await tellLatest(stage, `fleet-${began}`, secondsFrom);
    const { instances, volumes } = simulator.state(simulator.first.projectId);
    const destroying = await mooring.start('destroyFleet', { name: `fleet-${began}` });
    await patiently(() => destroying.result());
    const left = simulator.state(simulator.first.projectId);
    const isExact = instances.length === nodes && volumes.length === nodes;
    isOver = true;
    if (!isExact || left.instances.length + left.volumes.length > 0) process.exitCode = 1;
    return [
      title,
      `${seconds.toFixed(1)} s`,
      ((seconds * 1000) / floorMs).toFixed(2),
      `${(calls.length / nodes).toFixed(1)} (${kindsOf(calls, nodes)})`,
      `${calls.filter(({ status }) => status === 429).length}`,
      `${instances.length} instances, ${volumes.length} volumes`,
      `${left.instances.length} instances, ${left.volumes.length} volumes`,
    ];
  });
}

/** Where the nodes that were ready last have waited, step by step. */
async function tellLatest(stage: Stage, fleet: string, secondsFrom: (time: number) => number): Promise<void> {
  const { client } = stage.temporal;
  const members = Array.from({ length: nodes }, (_, index) => {
    const member = { region: 'GRA11', name: fleetNodeName(fleet, index + 1) };
    return client.workflow.getHandle(nodeWorkflowId(member));
  });
  const described = await patiently(() => Promise.all(members.map((member) => member.describe())));
  const latest = described
    .toSorted((one, other) => Number(other.closeTime) - Number(one.closeTime))
    .slice(0, LATEST);
  const shown = (time: number) => secondsFrom(time).toFixed(1);
  for (const { workflowId, runId, startTime, closeTime } of latest) {
    log(`          ${workflowId}: from ${shown(Number(startTime))} to ${shown(Number(closeTime))} s`);
    for (const step of activitiesOf(await eventsOf(client, { workflowId, runId }))) {
      const { name, scheduledAt, startedAt, endedAt, attempts, lastFailure } = step;
      const tries = attempts === 1 ? '' : `, attempt ${attempts}, after "${lastFailure}"`;
      log(`            ${name}: ${[scheduledAt, startedAt, endedAt].map(shown).join(', ')}${tries}`);
    }
  }
}

async function untroubled(): Promise<void> {}

async function killed(stage: Stage, at: (what: string) => void): Promise<void> {
  for (const [name, part] of Object.entries({
    PostgreSQL: cluster.postgres,
    'the Temporal server': cluster.temporal,
  })) {
    await sleep(8000);
    at(`SIGKILL of ${name}`);
    await part.kill();
    await sleep(5000);
    await part.start();
    at(`${name} is back`);
  }
  await sleep(5000);
  at('SIGKILL of a worker, another begun at once');
  await stage.replaceWorker();
}

/** When OVH took the first and the last of what makes such a thing. */
function spread(calls: SimulatorCall[], ending: string, secondsFrom: (time: number) => number): string {
  const times = calls
    .filter(
      ({ method, path, status }) =>
        method === 'POST' && path.endsWith(ending) && status >= 200 && status < 300,
    )
    .map(({ time }) => secondsFrom(time));
  const said = (seconds: number) => `${seconds.toFixed(1)} s`;
  return `${times.length} asked for, from ${said(Math.min(...times))} to ${said(Math.max(...times))}`;
}

/** A call that waits is cut when the server dies; the run is not. */
async function patiently<T>(result: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await result();
    } catch (error) {
      if ((error as Error).name !== 'ServiceError') throw error;
      await sleep(1000);
    }
}
