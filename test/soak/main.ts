/* `npm run test:soak -- --runs N --seed S`: thousands of random lives, on a Temporal server of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { buildProgram } from '../support/program.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'at-once': { type: 'string', default: '30' },
    'kill-every': { type: 'string', default: '20' },
  },
});
const [runs, seed, atOnce, killEvery] = [
  values.runs,
  values.seed,
  values['at-once'],
  values['kill-every'],
].map(Number) as [number, number, number, number];
/** So many stories share an OVH and its workers, which ask it for each project when they begin. */
const CLOUD = 500;
const log = (line: string) => void process.stdout.write(`${line}\n`);
log(`${runs} stories from seed ${seed}`);
const folder = await mkdtemp(join(tmpdir(), 'mooring-soak-program-'));
const { main: program } = await buildProgram(folder);
const server = await startEmbeddedServer({ log });
const began = Date.now();
const problems: string[] = [];
const kills: Record<string, number> = {};
for (let first = 0; first < runs; first += CLOUD) {
  const some = await soak({
    temporalAddress: server.address,
    program,
    runs: Math.min(CLOUD, runs - first),
    seed: seed + first,
    atOnce,
    killEveryMs: killEvery * 1000,
    log,
  });
  problems.push(...some.problems);
  for (const [kind, count] of Object.entries(some.kills)) kills[kind] = (kills[kind] ?? 0) + count;
  log(
    `${first + some.runs} of ${runs} stories in all, ${problems.length} problems, ${JSON.stringify(kills)}`,
  );
}
const perHour = Math.round((runs / (Date.now() - began)) * 3_600_000);
await server.stop();
await rm(folder, { recursive: true });
log(`${runs} stories, ${perHour} an hour, ${JSON.stringify(kills)}: ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
