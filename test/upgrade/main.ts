/*
 * `npm run test:upgrade -- --from REF --nodes 200`: nodes and a fleet are begun by three workers of an earlier build,
 * which are replaced one after the other by workers of this one while all is under way; five nodes are asked for later by the
 * earlier build's client. REF is the last release unless given. Says what OVH holds, and whether
 * any history did not fit.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Mooring, Run } from '../../src/client/index.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { openScene } from '../support/scene.ts';
import { buildAt, buildHere, lastRelease } from './build-at.ts';
import { BuiltWorker } from './built-worker.ts';
import { openRuns, readHistories, terminateOpen } from './what-temporal-says.ts';
import { PATIENT } from '../support/patience.ts';

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    nodes: { type: 'string', default: '200' },
    'fleet-nodes': { type: 'string', default: '20' },
    'boot-ms': { type: 'string', default: '40000' },
    workers: { type: 'string', default: '3' },
  },
});
const [nodes, fleetNodes] = [Number(values.nodes), Number(values['fleet-nodes'])];
const total = nodes + fleetNodes;
const LIMIT = { timeoutMs: 300_000 };
const log = (line: string) => void process.stdout.write(`${line}\n`);
const wrong: string[] = [];
const expect = (isSo: boolean, what: string) => void (isSo || wrong.push(what));

const from = values.from ?? (await lastRelease());
if (from === undefined) {
  log('nothing was released before this: there is nothing to upgrade from');
  process.exit(0);
}
const bootMs = Number(values['boot-ms']);
const scene = await openScene('upgrade', { bootMs, volumeMs: 3000, attachMs: 2000, deleteMs: 500 });
const { address, folder, simulator, holds } = scene;
log(`building ${from}, and this one`);
const earlier = await buildAt(from, join(folder, 'earlier'));
const now = await buildHere();
// What its workers complain of is read from their logs.
const env = { ...scene.env, MOORING_LOG_LEVEL: undefined, MOORING_MUTATIONS_PER_SECOND: '1000' };
const startAll = async (build: string) =>
  Promise.all(Array.from({ length: Number(values.workers) }, () => BuiltWorker.start(build, env)));
const old = await startAll(earlier);
const workers = [...old];
const { client, connection } = await connectClient({ ...PATIENT, address });
const connect = async (build: string): Promise<Mooring> => {
  const built = (await import(join(build, 'dist/client/index.js'))) as { Mooring: typeof Mooring };
  return built.Mooring.connect({ ...PATIENT, address, deadlineMs: 60_000 });
};
const [mooringBefore, mooring] = [await connect(earlier), await connect(now)];

const region = 'GRA11';
const node = { region, flavor: 'b3-8', image: 'Debian 12', volumes: [{ name: 'data', size: 20 }] };
const specs = Array.from({ length: nodes }, (_, index): NodeSpec => ({ ...node, name: `web-${index + 1}` }));
const [early, late] = [specs.slice(5), specs.slice(0, 5)];
const fleet = { name: 'app', count: fleetNodes, node };

try {
  const began = Date.now();
  const runs: Run[] = await Promise.all(
    early.map(async (spec) => mooringBefore.start('provisionNodeWithVolume', spec)),
  );
  runs.push(await mooringBefore.start('provisionFleet', fleet));
  for (const [index, worker] of old.entries()) {
    await sleep(3000);
    await worker.stop();
    workers[index] = await BuiltWorker.start(now, env);
    const { open, inTrouble } = await openRuns(client);
    const seconds = Math.round((Date.now() - began) / 1000);
    log(`${seconds} s: worker ${index + 1} is replaced, ${open} runs are open, ${inTrouble} have problems`);
    expect(open > 0, `nothing was under way any more when worker ${index + 1} had been replaced`);
    expect(inTrouble === 0, `${inTrouble} runs had problems when worker ${index + 1} had been replaced`);
  }
  // Programs that start nodes are upgraded later than workers.
  runs.push(...(await Promise.all(late.map((spec) => mooringBefore.start('provisionNodeWithVolume', spec)))));
  const ended = await Promise.allSettled(runs.map(async (run) => run.result(LIMIT)));
  for (const end of ended) if (end.status === 'rejected') wrong.push(String(end.reason));

  const { instances, volumes } = simulator.state(simulator.first.projectId);
  const posts = simulator
    .calls()
    .filter(({ method, path }) => method === 'POST' && /\/(instance|volume)$/.test(path)).length;
  log(
    `all ended after ${Math.round((Date.now() - began) / 1000)} s; OVH holds ${instances.length} instances and ` +
      `${volumes.length} volumes, made by ${posts} calls`,
  );
  const names = new Set(instances.map(({ name }) => name));
  const isExact = [names.size, instances.length, volumes.length].every((count) => count === total);
  expect(isExact, `OVH holds something else than ${total} instances and ${total} volumes`);
  expect(
    volumes.every(({ attachedTo }) => attachedTo.length === 1),
    'not every volume is attached once',
  );

  // What hangs cannot be destroyed, and nobody may wait for it any longer.
  if (wrong.length === 0) await destroyAll();
  else await terminateOpen(client);

  const oldPids = new Set(old.map(({ pid }) => pid));
  const seen = await readHistories(client, (pid) => oldPids.has(pid));
  log(
    `${seen.runs} histories, ${seen.carriedByBoth} by workers of both builds, ${seen.failedTasks.length} failed workflow tasks`,
  );
  expect(seen.carriedByBoth > 0, 'no run was carried by both builds');
  wrong.unshift(...seen.failedTasks, ...[...old, ...workers].flatMap(({ complaints }) => complaints));
} finally {
  await Promise.all(workers.map(async (worker) => worker.stop()));
  await Promise.all([mooringBefore.close(), mooring.close(), connection.close()]);
  await scene.close();
}
for (const line of wrong.slice(0, 20)) log(`NOT as it should be: ${line}`);
log(wrong.length === 0 ? `${from} was upgraded under ${total} nodes: exactly what was asked for` : 'FAILED');
process.exitCode = wrong.length === 0 ? 0 : 1;

async function destroyAll(): Promise<void> {
  const destroys: Run[] = await Promise.all(
    specs.map(async ({ name }) => mooring.start('destroyNode', { region, name })),
  );
  destroys.push(await mooring.start('destroyFleet', { name: fleet.name }));
  await Promise.all(destroys.map(async (run) => run.result(LIMIT)));
  const [instances, volumes] = holds();
  log(`destroyed; OVH holds ${instances} instances and ${volumes} volumes`);
  expect(instances + volumes === 0, 'something is left');
}
