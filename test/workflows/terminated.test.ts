import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import type { Run } from '../../src/client/index.ts';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

/* A run that somebody terminates can undo nothing, and what it has under way goes on. The next run heals it. */

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start({ settleMs: 3000 });
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await client.connection.close();
  await stack.stop();
});

async function terminateWhenAsked(run: Run, project: TestProject, request: string): Promise<void> {
  await during(run, () => project.changes.some((change) => change.startsWith(request)));
  const workflowId = nodeWorkflowId(project.ref);
  await client.workflow.getHandle(workflowId).terminate('by hand');
  // Temporal's list learns of it a little later, and what a run that comes before then cannot know is not asked here.
  const known = `WorkflowId='${workflowId}' AND ExecutionStatus='Terminated'`;
  await until(async () => (await client.workflow.count(known)).count > 0);
}

const provision = async (project: TestProject) =>
  (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();

/** Whatever is late has happened by then. */
const LATEST = 2500;

async function expectOneNode(project: TestProject, id: string): Promise<void> {
  await sleep(LATEST);
  expect(project.instances).toMatchObject([{ id, status: 'ACTIVE' }]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [id] }]);
}

test.concurrent(
  'an instance that OVH makes after the run was terminated is the one that the next run takes',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'delay', method: 'POST', path: '/instance', times: 1, delayMs: 1500 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await terminateWhenAsked(run, project, 'POST /instance');
    const node = await provision(project);
    await expectOneNode(project, node.instance.id);
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);

test.concurrent('an instance whose DELETE is still on its way is not taken for one that stays', async () => {
  const project = stack.project();
  await provision(project);
  project.fault({ kind: 'delay', method: 'DELETE', path: '/instance/*', times: 1, delayMs: 1500 });
  const run = await stack.mooring.start('destroyNode', project.ref);
  await terminateWhenAsked(run, project, 'DELETE /instance/');
  const node = await provision(project);
  await expectOneNode(project, node.instance.id);
});

test.concurrent(
  'a destroy after a terminated provisioning leaves nothing, also of what came late',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'delay', method: 'POST', path: '/instance', times: 1, delayMs: 1500 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await terminateWhenAsked(run, project, 'POST /instance');
    await (await stack.mooring.start('destroyNode', project.ref)).result();
    await sleep(LATEST);
    expect([...project.instances, ...project.volumes]).toEqual([]);
  },
);
