/*
 * `npx tsx test/fleets/main.ts --nodes 3000 --seed S`: a fleet of thousands is rolled back once half of it stands, made
 * again and destroyed, while its workers are killed. Says each time what OVH holds, and what a node costs: events and bytes
 * of the fleet's own histories, and processor time of the workers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { processorMs } from '../../bench/support/processor.ts';
import { Mooring } from '../../src/client/index.ts';
import type { FleetSpec } from '../../src/contract/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { drawFrom } from '../simulator/fuzz/values.ts';
import { Crew } from '../support/crew.ts';
import { buildProgram } from '../support/program.ts';
import { openScene } from '../support/scene.ts';
import { PATIENT } from '../support/patience.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Seconds between two deaths; 0: nobody dies, and the processor's time is that of the work alone. */
    'kill-every': { type: 'string', default: '30' },
    workers: { type: 'string', default: '3' },
  },
});
const [nodes, seed, everyMs] = [
  Number(values.nodes),
  Number(values.seed),
  Number(values['kill-every']) * 1000,
];
const log = (line: string) => void process.stdout.write(`${line}\n`);
log(`${nodes} nodes, seed ${seed}`);

const scene = await openScene('fleets', { bootMs: 0, volumeMs: 0, attachMs: 0, deleteMs: 0, seed });
const { address, holds } = scene;
const { main: program } = await buildProgram(scene.folder);
const env = {
  ...scene.env,
  MOORING_FIRST_LOOK: 'instance=1ms,volume=1ms,attach=1ms',
  MOORING_MUTATIONS_PER_SECOND: '1000',
};
const crew = new Crew(program, env, Number(values.workers));
const mooring = await Mooring.connect({ ...PATIENT, address, deadlineMs: 60_000 });
const { client, connection } = await connectClient({ ...PATIENT, address });
const over = new AbortController();
const trouble = everyMs > 0 ? crew.suffer(drawFrom(seed), everyMs, over.signal) : undefined;

const node = {
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [{ name: 'data', size: 20 }],
};
const problems: string[] = [];

/** Somebody's, which nothing that happens to the other one touches. */
const bystanders = Math.ceil(nodes / 100);
/** A worker that stands still holds what it has begun for half a minute: many at once keep the others busy meanwhile. */
const spec = { name: 'web', count: nodes, maxConcurrent: 500, node };
const theirs = { name: 'app', count: bystanders, node };
const made = async (fleet: FleetSpec) => (await mooring.start('provisionFleet', fleet)).result();
const destroyed = async ({ name }: FleetSpec) => (await mooring.start('destroyFleet', { name })).result();

await stage("somebody else's made", bystanders, async () => made(theirs), bystanders);
await stage('rolled back at the half', bystanders, async () => {
  const run = await mooring.start('provisionFleet', spec);
  while (holds()[0] < bystanders + nodes / 2) await sleep(200);
  await run.cancel();
  const failure = (await run.result().catch((error: unknown) => error)) as {
    type?: string;
    details?: { left: [] };
  };
  if (failure.type !== 'Cancelled' || failure.details?.left.length !== 0)
    problems.push(`rolled back: ${failure.type}, left: ${JSON.stringify(failure.details?.left)}`);
});
await stage('made again', nodes + bystanders, async () => made(spec));
await stage('destroyed', bystanders, async () => destroyed(spec));
await stage("somebody else's destroyed", 0, async () => destroyed(theirs), bystanders);

over.abort();
await trouble;
log(JSON.stringify(crew.suffered));
process.exitCode = problems.length === 0 ? 0 : 1;
log(problems.length === 0 ? 'exactly what was said, each time' : problems.join('\n'));

await crew.end();
await connection.close();
await mooring.close();
await scene.close();

async function stage(
  name: string,
  stands: number,
  act: () => Promise<unknown>,
  acted = nodes,
): Promise<void> {
  const [began, before] = [performance.now(), await workersMs()];
  const since = new Date();
  await act();
  const seconds = Math.round((performance.now() - began) / 1000);
  const used = everyMs > 0 ? '' : `, ${(((await workersMs()) - before) / acted).toFixed(0)} ms of processor`;
  const { runs, events, bytes } = await historiesSince(since);
  const [instances, volumes] = holds();
  log(
    `${name}: ${seconds} s; OVH holds ${instances} instances and ${volumes} volumes; ${runs} runs; for each node ` +
      `${(events / acted).toFixed(1)} events, ${(bytes / acted / 1024).toFixed(1)} KiB${used}`,
  );
  if (instances !== stands || volumes !== stands) problems.push(`${name}: ${stands} of each should stand`);
}

async function workersMs(): Promise<number> {
  const pids = Object.fromEntries(crew.pids.map((pid) => [String(pid), pid]));
  return [...(await processorMs(pids)).values()].reduce((sum, ms) => sum + ms, 0);
}

/** Of the fleets' own runs; those of their nodes are as those of any node. */
async function historiesSince(since: Date) {
  let [runs, events, bytes] = [0, 0, 0];
  const query = `WorkflowType IN ('provisionFleet', 'destroyFleet') AND StartTime >= '${since.toISOString()}'`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    runs += 1;
    events += Number(raw.workflowExecutionInfo?.historyLength ?? 0);
    bytes += Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
  }
  return { runs, events, bytes };
}
