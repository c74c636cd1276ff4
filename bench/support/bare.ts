import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startNode } from './child.ts';
import type { Stage } from './stage.ts';

const path = (file: string) => fileURLToPath(new URL(`../bare/${file}`, import.meta.url));

/** A worker with the workflows of `bench/bare` beside ours, on the same server. */
export interface BareWorker {
  pid: number;
  start(workflow: string, workflowId: string, args?: unknown[]): Promise<{ result(): Promise<unknown> }>;
  stop(): Promise<void>;
}

export async function startBare(stage: Stage, env: NodeJS.ProcessEnv = {}): Promise<BareWorker> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-bare-'));
  const bundle = join(folder, 'bare.cjs');
  const logger = new DefaultLogger('WARN');
  const { code } = await bundleWorkflowCode({ workflowsPath: path('workflow.ts'), logger });
  await writeFile(bundle, code);
  const worker = await startNode([...process.execArgv, path('worker.ts')], {
    env: { ...stage.workerEnv, ...env, MOORING_TASK_QUEUE: 'bare', MOORING_WORKFLOW_BUNDLE: bundle },
    until: 'bare worker ready',
  });
  return {
    pid: worker.pid,
    start: async (workflow, workflowId, args = []) =>
      stage.temporal.client.workflow.start(workflow, { workflowId, taskQueue: 'bare', args }),
    async stop() {
      await worker.kill();
      await rm(folder, { recursive: true });
    },
  };
}
