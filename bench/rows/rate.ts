import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { Run } from '../../src/client/index.ts';
import type { Bench } from '../row.ts';
import { startNode } from '../support/child.ts';
import { activitiesOf, eventsOf } from '../support/histories.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { instantOvh, onStage, type Stage } from '../support/stage.ts';

/** Of the bare workflow. */
const ACTIVITIES = 9;
/** The pace of one consumer key is OVH's; so many keys are never what one waits for. */
const PROJECTS = 25;

const path = (file: string) => fileURLToPath(new URL(`../bare/${file}`, import.meta.url));

export const rate: Bench = {
  name: 'rate',
  about:
    'nodes a second from an OVH that answers at once, beside bare workflows with as many activities that do nothing',
  async run({ quick }) {
    const count = quick ? 75 : 1000;
    const folder = await mkdtemp(join(tmpdir(), 'mooring-bare-'));
    const bundle = join(folder, 'bare.cjs');
    const logger = new DefaultLogger('WARN');
    const { code } = await bundleWorkflowCode({ workflowsPath: path('workflow.ts'), logger });
    await writeFile(bundle, code);
    const env = {
      MOORING_MUTATIONS_PER_SECOND: '10000',
      MOORING_FIRST_LOOK: 'instance=1ms,volume=1ms,attach=1ms',
    };
    try {
      return await onStage({ simulator: instantOvh, projects: PROJECTS, env }, async (stage) => {
        const bareEnv = { ...stage.workerEnv, MOORING_TASK_QUEUE: 'bare', MOORING_WORKFLOW_BUNDLE: bundle };
        const bareWorker = await startNode([...process.execArgv, path('worker.ts')], {
          env: bareEnv,
          until: 'bare worker ready',
        });
        try {
          await nodes(stage, 'warm', PROJECTS);
          await bare(stage, 'warm', PROJECTS);
          const theirs = await bare(stage, 'bare', count);
          const ours = await nodes(stage, 'rate', count);
          return [
            {
              name: `${count} nodes at once, OVH instant`,
              ours: `${ours.toFixed(1)} nodes/s`,
              beside: `bare workflows ${theirs.toFixed(1)}/s`,
              ratio: ours / theirs,
              aim: '≥ 0.85',
            },
          ];
        } finally {
          await bareWorker.kill();
        }
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** @returns Nodes a second. */
async function nodes(stage: Stage, prefix: string, count: number): Promise<number> {
  const { runs, seconds } = await provision(stage.mooring, specsOf(prefix, count, stage.projects));
  const events = await eventsOf(stage.temporal.client, runs[0] as Run);
  const activities = activitiesOf(events).length;
  if (activities !== ACTIVITIES)
    throw new Error(`a node has ${activities} activities: bench/bare/workflow.ts must have as many`);
  return count / seconds;
}

async function bare({ temporal }: Stage, prefix: string, count: number): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const workflowId = `${prefix}-${index}`;
      const handle = await temporal.client.workflow.start('bareNode', { workflowId, taskQueue: 'bare' });
      await handle.result();
    }),
  );
  return (count * 1000) / (performance.now() - began);
}
