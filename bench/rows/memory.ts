import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerProcess } from '../../src/cli/worker-process.ts';
import type { Bench } from '../row.ts';
import { startBare, type BareWorker } from '../support/bare.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { instantOvh, onStage, type Stage } from '../support/stage.ts';

const HOUR_MS = 3_600_000;
const MOST_KIB = 400;
const PROJECTS = 20;
const PATIENCE_MS = 600_000;

export const memory: Bench = {
  name: 'memory',
  waits: true,
  about: "a worker's memory for each node that it waits for, its garbage collected, beside a bare workflow",
  async run({ quick, tell }) {
    const count = quick ? 100 : 2000;
    const folder = await mkdtemp(join(tmpdir(), 'mooring-memory-'));
    const probe = new URL('../support/memory-probe.mjs', import.meta.url).href;
    const probed = (file: string) => ({ NODE_OPTIONS: `--import=${probe}`, BENCH_MEMORY_FILE: file });
    const [ourFile, bareFile] = [join(folder, 'ours.json'), join(folder, 'bare.json')];
    const env = { ...probed(ourFile), MOORING_MUTATIONS_PER_SECOND: '10000' };
    try {
      return await onStage({ simulator: instantOvh, projects: PROJECTS, env }, async (stage) => {
        const [{ pid }] = stage.workers as [WorkerProcess];
        await provision(stage.mooring, specsOf('warm', PROJECTS, stage.projects));
        const ours = await growth({ pid, file: ourFile, count, tell }, async () => {
          await stage.change({ bootMs: HOUR_MS });
          await waiting(stage, count);
        });
        const bareWorker = await startBare(stage, probed(bareFile));
        try {
          for (let warm = 0; warm < PROJECTS; warm += 1) {
            const run = await bareWorker.start('bareNode', `warm-${warm}`);
            await run.result();
          }
          const bare = await growth({ pid: bareWorker.pid, file: bareFile, count, tell }, async () =>
            bareWaiting(stage, bareWorker, count),
          );
          return [
            {
              name: `memory for each of ${count} waiting`,
              ours: inKiB(ours),
              beside: `bare workflows ${inKiB(bare)}`,
              ratio: ours.rssBytes / bare.rssBytes,
              aim: `≤ ${MOST_KIB} KiB`,
            },
          ];
        } finally {
          await bareWorker.stop();
        }
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

interface Memory {
  rssBytes: number;
  heapBytes: number;
}

/** What a worker has more of, for each of so many, after an act. */
async function growth(
  { pid, file, count, tell }: { pid: number; file: string; count: number; tell: (line: string) => void },
  act: () => Promise<void>,
): Promise<Memory> {
  const before = await settled(pid, file);
  await act();
  const after = await settled(pid, file);
  tell(`  a worker of ${mib(before.rssBytes)} MiB with none and ${mib(after.rssBytes)} MiB with ${count}`);
  return {
    rssBytes: (after.rssBytes - before.rssBytes) / count,
    heapBytes: (after.heapBytes - before.heapBytes) / count,
  };
}

/** Until each has its instance in BUILD and its volume, and a while longer. */
async function waiting({ mooring, simulator, projects }: Stage, count: number): Promise<void> {
  const specs = specsOf('waits', count, projects);
  await Promise.all(specs.map((spec) => mooring.start('provisionNodeWithVolume', spec)));
  const until = Date.now() + PATIENCE_MS;
  const isThere = ({ name }: { name: string }) => name.startsWith('waits-');
  for (;;) {
    const { instances, volumes } = simulator.state();
    if (instances.filter(isThere).length === count && volumes.filter(isThere).length === count) break;
    if (Date.now() > until) throw new Error(`only ${instances.length} of ${count} nodes were begun`);
    await sleep(1000);
  }
  await sleep(10_000);
}

/** Until each has begun what it never ends, and a while longer. */
async function bareWaiting(stage: Stage, worker: BareWorker, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `waits-${index}`);
  await Promise.all(ids.map((id) => worker.start('bareWait', id)));
  const { workflow } = stage.temporal.client;
  for (const id of ids)
    for (const until = Date.now() + PATIENCE_MS; ; await sleep(500)) {
      const { raw } = await workflow.getHandle(id).describe();
      if (raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'wait')) break;
      if (Date.now() > until) throw new Error(`${id} does not come to its wait`);
    }
  await sleep(10_000);
}

/** A worker goes on giving memory back for a while after it has collected its garbage. */
async function settled(pid: number, file: string): Promise<Memory> {
  let last = await measured(pid, file);
  for (;;) {
    const next = await measured(pid, file);
    if (next.rssBytes > last.rssBytes * 0.99) return next;
    last = next;
  }
}

async function measured(pid: number, file: string): Promise<Memory> {
  await rm(file, { force: true });
  process.kill(pid, 'SIGHUP');
  for (const until = Date.now() + PATIENCE_MS / 10; ; await sleep(200)) {
    if (Date.now() > until) throw new Error('the worker does not say how much memory it has');
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text);
  }
}

function inKiB({ rssBytes, heapBytes }: Memory): string {
  return `${(rssBytes / 1024).toFixed(0)} KiB (heaps ${(heapBytes / 1024).toFixed(0)})`;
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
