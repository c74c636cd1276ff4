import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import { signOf } from '../../src/identity/mark.ts';
import { isProof } from '../support/proof.ts';
import { during, until } from '../support/until.ts';
import type { TestProject } from '../support/stack.ts';
import { LongStack, leftOf, standingIn } from './long-stack.ts';

/* Fleets that somebody has reset: what earlier runs made and nobody was told of is the fleet's, what was told of is not. */

let on: LongStack;
beforeAll(async () => {
  on = await LongStack.start();
});
afterAll(() => on.stop());

/** More than are worked on at once: so some are delivered to the fleet, and no run of theirs undoes them. */
const hasMade = (project: TestProject, atLeast: number) => () => attached(project) >= atLeast;
const attached = ({ volumes }: TestProject) => volumes.filter(({ status }) => status === 'in-use').length;

/** The run that a fleet has come to, as anybody finds it by its name. */
async function found(project: TestProject): Promise<Run> {
  return on.stack.mooring.get({ project: project.alias, fleet: 'web' });
}

async function tookAllBack(project: TestProject): Promise<void> {
  expect(await leftOf(await found(project))).toEqual({ type: 'Cancelled', left: [] });
  expect(standingIn(project)).toEqual([]);
}

describe('a fleet that is cancelled after a reset takes back what every run has made', () => {
  test.runIf(isProof).concurrent('after one of its last run', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 9, maxConcurrent: 2 }));
    await on.continued(run);
    await on.reset(run);
    await (await found(project)).cancel();
    await tookAllBack(project);
  });

  test.runIf(isProof).concurrent('after two, one of the other', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 12, maxConcurrent: 2 }));
    await during(run, hasMade(project, 3));
    await on.reset(run);
    const stood = attached(project);
    await during(await found(project), hasMade(project, stood + 3));
    await on.reset(run);
    await (await found(project)).cancel();
    await tookAllBack(project);
  });

  test.concurrent('after two of the same run', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 12, maxConcurrent: 2 }));
    await during(run, hasMade(project, 3));
    await on.reset(run, { from: run.runId });
    const stood = attached(project);
    await during(await found(project), hasMade(project, stood + 3));
    await on.reset(run, { from: run.runId });
    await (await found(project)).cancel();
    await tookAllBack(project);
  });

  test.concurrent('after one of a run that had continued already', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 12, maxConcurrent: 2 }));
    await on.continued(run);
    await on.reset(run, { from: run.runId });
    await (await found(project)).cancel();
    await tookAllBack(project);
  });
});

test.concurrent('a node whose own run was reset goes with a fleet that has continued since', async () => {
  const project = on.stack.project();
  const run = await on.provision(on.fleet(project, { count: 12, maxConcurrent: 2 }));
  const first = nodeWorkflowId({ project: project.alias, region: 'GRA11', name: 'web-001' });
  // Soon enough that the run which goes on makes all of the node, or some: what it makes carries its own sign.
  await until(async () => on.reset({ workflowId: first }).catch(() => false));
  const { run: made } = await on.temporal.client.workflow.getHandle(first).result();
  const things = [...project.instances, ...project.volumes];
  expect(things.some(({ name }) => name.endsWith(signOf(made.runId)))).toBe(true);
  await on.continued(run);
  await (await found(project)).cancel();
  await tookAllBack(project);
});

test.concurrent('a fleet that is reset in the middle of its rollback goes on with it', async () => {
  const project = on.stack.project();
  project.fault({ method: 'DELETE', path: '/instance/*', kind: 'delay', delayMs: 1500, times: 100 });
  const run = await on.provision(on.fleet(project, { count: 16, maxConcurrent: 3 }));
  await during(run, hasMade(project, 5));
  await run.cancel();
  await until(() => project.changes.some((change) => change.startsWith('DELETE /instance')));
  await on.reset(run, { at: 0.99 });
  await tookAllBack(project);
});

test.concurrent(
  'what a fleet had delivered before it was reset stays when it is then cancelled',
  async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project));
    await run.result();
    const stood = standingIn(project);
    await on.reset(run);
    await (await found(project)).cancel();
    expect(await leftOf(await found(project))).toMatchObject({ type: 'Cancelled' });
    expect(standingIn(project)).toEqual(stood);
  },
);

test.concurrent('a fleet that is reset twice while it is made has each node once, and says so', async () => {
  const project = on.stack.project();
  const spec = on.fleet(project);
  const run = await on.provision(spec);
  await during(run, hasMade(project, 3));
  await on.reset(run);
  await during(await found(project), hasMade(project, 6));
  await on.reset(run);
  const joined = await on.provision(spec);
  expect(joined.joined).toBe(true);
  expect(await joined.result()).toMatchObject({ failed: [], left: [], nodes: { length: 12 } });
  expect(await (await found(project)).progress()).toMatchObject({
    status: 'completed',
    fleet: { ready: 12 },
  });
  expect(project.instances).toHaveLength(12);
});

test.concurrent('a request that was none is none after a reset either', async () => {
  const project = on.stack.project();
  const workflowId = `fleet.${project.alias}.web`;
  const start = {
    workflowId,
    taskQueue: on.stack.config.taskQueue,
    args: [{ ...on.fleet(project), count: 1e9 }],
  };
  const handle = await on.temporal.client.workflow.start('provisionFleet', start);
  const refused = { cause: { type: 'InvalidSpec' } };
  await expect(handle.result()).rejects.toMatchObject(refused);
  await on.reset({ workflowId });
  await expect(on.temporal.client.workflow.getHandle(workflowId).result()).rejects.toMatchObject(refused);
});
