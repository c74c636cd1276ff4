import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../row.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { instantOvh, onStage, type Stage } from '../support/stage.ts';

const HOUR_MS = 3_600_000;
const MOST_BYTES = 400 * 1024;
const PROJECTS = 20;
const PATIENCE_MS = 600_000;

export const memory: Bench = {
  name: 'memory',
  about: "a worker's memory for each node that it waits for, its garbage collected",
  async run({ quick, tell }) {
    const count = quick ? 400 : 2000;
    const folder = await mkdtemp(join(tmpdir(), 'mooring-memory-'));
    const file = join(folder, 'memory.json');
    const probe = new URL('../support/memory-probe.mjs', import.meta.url).href;
    const env = {
      NODE_OPTIONS: `--import=${probe}`,
      BENCH_MEMORY_FILE: file,
      MOORING_MUTATIONS_PER_SECOND: '10000',
    };
    try {
      return await onStage({ simulator: instantOvh, projects: PROJECTS, env }, async (stage) => {
        await provision(stage.mooring, specsOf('warm', PROJECTS, stage.projects));
        const before = await measured(stage, file);
        await stage.change({ bootMs: HOUR_MS });
        await waiting(stage, count);
        const after = await measured(stage, file);
        const rss = (after.rssBytes - before.rssBytes) / count;
        const heap = (after.heapBytes - before.heapBytes) / count;
        tell(
          `  worker of ${mib(before.rssBytes)} MiB with none and ${mib(after.rssBytes)} MiB with ${count}`,
        );
        return [
          {
            name: `memory for each of ${count} waiting`,
            ours: `${(rss / 1024).toFixed(0)} KiB (heaps ${(heap / 1024).toFixed(0)} KiB)`,
            beside: `aim ${MOST_BYTES / 1024} KiB`,
            ratio: rss / MOST_BYTES,
            aim: '≤ 1.00',
          },
        ];
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

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

async function measured(
  { workers: [worker] }: Stage,
  file: string,
): Promise<{ rssBytes: number; heapBytes: number }> {
  await rm(file, { force: true });
  if (worker) process.kill(worker.pid, 'SIGHUP');
  for (const until = Date.now() + PATIENCE_MS / 10; ; await sleep(200)) {
    if (Date.now() > until) throw new Error('the worker does not say how much memory it has');
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('}')) return JSON.parse(text);
  }
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
