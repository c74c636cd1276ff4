/*
 * `npm run test:chaos -- --nodes 200 --seed S`: a fleet while its workers are killed, replaced and stopped for longer
 * than their heartbeats may be missing, and while Temporal cannot be reached for a minute. Says what OVH holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Mooring } from '../../src/client/index.ts';
import { drawFrom } from '../simulator/fuzz/values.ts';
import { Crew } from '../support/crew.ts';
import { Line } from '../support/line.ts';
import { buildProgram } from '../support/program.ts';
import { openScene } from '../support/scene.ts';
import { PATIENT } from '../support/patience.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'kill-every': { type: 'string', default: '8' },
    workers: { type: 'string', default: '3' },
  },
});
const [nodes, seed] = [Number(values.nodes), Number(values.seed)];
const log = (line: string) => void process.stdout.write(`${line}\n`);
log(`${nodes} nodes, seed ${seed}`);

const times = { bootMs: 20_000, volumeMs: 3000, attachMs: 2000, deleteMs: 1000 };
const scene = await openScene('chaos', { ...times, seed });
const { address, simulator, holds } = scene;
const { main: program } = await buildProgram(scene.folder);
const line = new Line(address);
const env = {
  ...scene.env,
  TEMPORAL_ADDRESS: await line.mend(),
  MOORING_FIRST_LOOK: 'instance=15s,volume=2s,attach=1s',
};
const crew = new Crew(program, env, Number(values.workers));
const mooring = await Mooring.connect({ ...PATIENT, address, deadlineMs: 60_000 });
const over = new AbortController();
const trouble = crew.suffer(drawFrom(seed), Number(values['kill-every']) * 1000, over.signal);
const outage = (async () => {
  await sleep(20_000);
  log('Temporal cannot be reached by any worker for a minute');
  await line.cut();
  await sleep(60_000);
  await line.mend();
})();

const began = Date.now();
const volumes = [{ name: 'data', size: 20 }];
const node = { region: 'GRA11', flavor: 'b3-8', image: 'Debian 12', volumes };
const run = await mooring.start('provisionFleet', { name: 'web', count: nodes, maxConcurrent: nodes, node });
const made = await run.result();
await outage;
const held = simulator.state(simulator.first.projectId);
log(
  `${made.nodes.length} of ${nodes} nodes ready after ${Math.round((Date.now() - began) / 1000)} s; OVH holds ` +
    `${held.instances.length} instances and ${held.volumes.length} volumes; ${JSON.stringify(crew.suffered)}`,
);
await (await mooring.start('destroyFleet', { name: 'web' })).result();
over.abort();
await trouble;
const [instances, volumesLeft] = holds();
log(`destroyed; OVH holds ${instances} instances and ${volumesLeft} volumes`);
const names = new Set(held.instances.map(({ name }) => name));
const attached = held.volumes.every(({ attachedTo }) => attachedTo.length === 1);
const isExact =
  names.size === nodes && held.instances.length === nodes && held.volumes.length === nodes && attached;
process.exitCode = isExact && instances + volumesLeft === 0 ? 0 : 1;
log(process.exitCode === 0 ? 'exactly what was asked for' : 'NOT what was asked for');

await crew.end();
await mooring.close();
await line.cut();
await scene.close();
