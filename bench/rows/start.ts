import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Bench } from '../row.ts';
import { startNode } from '../support/child.ts';
import { activitiesOf, timeOf } from '../support/histories.ts';
import { onStage, type Stage } from '../support/stage.ts';
import { quantile } from '../support/statistics.ts';

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));

export const start: Bench = {
  name: 'start',
  about: 'from the start of a built worker to its first task, beside the least worker that the SDK makes',
  async run({ quick, tell }) {
    tell('  npm run build');
    await promisify(execFile)('npm', ['run', 'build'], { cwd: path('') });
    const bundle = path('dist/workflows.bundle.js');
    return onStage({ workers: 0 }, async (stage) => {
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let turn = 0; turn < (quick ? 3 : 7); turn += 1) {
        theirs.push(await firstTask(stage, 'least', [path('bench/bare/least-worker.mjs'), bundle, 'least']));
        ours.push(await firstTask(stage, 'mooring', [path('dist/cli/main.js'), 'worker']));
      }
      return [
        {
          name: "a worker's start to its first task",
          ours: `${quantile(ours, 0.5).toFixed(2)} s`,
          beside: `least worker ${quantile(theirs, 0.5).toFixed(2)} s`,
          ratio: quantile(ours, 0.5) / quantile(theirs, 0.5),
          aim: 'ours ≤ 2 s',
        },
      ];
    });
  },
};

/** Seconds until a workflow that waits already is begun, by Temporal's clock, which is this machine's. */
async function firstTask({ temporal, workerEnv }: Stage, taskQueue: string, args: string[]): Promise<number> {
  const { MOORING_WORKFLOW_BUNDLE: _bundle, ...env } = workerEnv;
  const handle = await temporal.client.workflow.start('listNodes', {
    workflowId: `listNodes.${randomUUID()}`,
    taskQueue,
    args: [{}],
  });
  const began = Date.now();
  const worker = await startNode(args, { env });
  try {
    for (;;) {
      const { events } = await handle.fetchHistory();
      const started = events?.find((event) => event.workflowTaskStartedEventAttributes);
      const isDone = taskQueue === 'mooring' ? activitiesOf(events ?? []).length > 0 : started;
      if (started && isDone) return (timeOf(started) - began) / 1000;
      await sleep(50);
    }
  } finally {
    await worker.kill();
    await handle.terminate('measured').catch(() => undefined);
  }
}
