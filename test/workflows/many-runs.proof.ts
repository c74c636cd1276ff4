import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { Line } from '../support/line.ts';
import { quickProgram, type Program } from '../support/quick-program.ts';
import { Stack } from '../support/stack.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';

let stack: Stack;
let quick: Program;
beforeAll(async () => {
  [stack, quick] = await Promise.all([Stack.start(), quickProgram()]);
});
afterAll(async () => {
  await stack.stop();
  await quick.remove();
});

test('a node with many retained runs is destroyed, where each answer of Temporal takes its time', async ({
  onTestFinished,
}) => {
  const project = stack.project();
  await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  const { client, connection } = await connectClient({ address: inject('temporalAddress'), env: {} });
  const workflowId = nodeWorkflowId(project.ref);
  const run = async (type: string, input: object, taskQueue: string): Promise<unknown> =>
    client.workflow.execute(type, { workflowId, taskQueue, args: [{ ...project.ref, ...input }] });
  // A tenth of a second for each is more than the six seconds that a look may take.
  for (let count = 0; count < 80; count += 1)
    await run('reapNode', { ids: 'none' }, stack.config.taskQueue).catch(() => undefined);

  const line = new Line(inject('temporalAddress'), { delayMs: 100 });
  const taskQueue = `far-${randomBytes(3).toString('hex')}`;
  spawnWorker(
    {
      ...(await environmentOfAll(stack, { onTestFinished })),
      TEMPORAL_ADDRESS: await line.mend(),
      MOORING_TASK_QUEUE: taskQueue,
    },
    { onTestFinished },
    quick.main,
  );
  onTestFinished(async () => {
    await line.cut();
    await connection.close();
  });
  await run('destroyNode', {}, taskQueue);
  expect([...project.instances, ...project.volumes]).toEqual([]);
});
