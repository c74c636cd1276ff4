import { afterAll, beforeAll, expect, inject, test, type TestContext } from 'vitest';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

/* Somebody deletes a run in Temporal that others wait for, and no worker is there to hear how it ended. */

let client: Client;
beforeAll(async () => {
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(() => client.connection.close());

/** A node that is being built; `deleted`: its run is, after somebody else has come to wait for it. */
async function begin({ onTestFinished }: TestContext, bootMs: number) {
  const stack = await Stack.start({ worker: false, simulator: { bootMs } });
  const project = stack.project();
  const start = () => startWorker(stack.config, { address: inject('temporalAddress') });
  let worker = await start();
  onTestFinished(async () => {
    await worker.stop();
    await stack.stop();
  });
  const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(building, () => project.instances.length === 1 && project.volumes.length === 1);
  return {
    stack,
    project,
    async deleted(waiting: string, act: 'awaitClosed' | 'awaitRun') {
      await until(
        () => pending(waiting),
        (acts) => acts.includes(act),
      );
      await worker.stop();
      const workflowExecution = { workflowId: nodeWorkflowId(project.ref), runId: building.runId };
      await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
      await until(() => isForgotten(workflowExecution));
      worker = await start();
    },
  };
}

async function pending(workflowId: string): Promise<(string | null | undefined)[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
}

async function isForgotten({ workflowId, runId }: { workflowId: string; runId: string }): Promise<boolean> {
  return client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .then(
      () => false,
      (error: unknown) => error instanceof WorkflowNotFoundError,
    );
}

function expectOne(project: TestProject): void {
  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]?.id] }]);
}

test.concurrent('who waits for its end goes on, and destroys the node', async (context) => {
  const { stack, project, deleted } = await begin(context, 60_000);
  const destroying = await stack.mooring.start('destroyNode', { ...project.ref, ifBusy: 'wait' });
  await deleted(destroying.workflowId, 'awaitClosed');
  const { deleted: things } = await destroying.result();

  expect([...project.instances, ...project.volumes]).toEqual([]);
  expect(things).toHaveLength(2);
});

test.concurrent('who has joined it makes the node itself, of what stands', async (context) => {
  const { stack, project, deleted } = await begin(context, 3000);
  const workflowId = `stranger-${project.alias}`;
  const { taskQueue } = stack.config;
  const args = [project.spec()];
  const joined = await client.workflow.start('provisionNodeWithVolume', { workflowId, taskQueue, args });
  await deleted(workflowId, 'awaitRun');
  const node = (await joined.result()) as { instance: { id: string } };

  expectOne(project);
  expect(node.instance.id).toBe(project.instances[0]?.id);
});
