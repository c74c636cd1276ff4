import { inject, afterAll, beforeAll, expect, test } from 'vitest';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { Stack, type TestProject } from '../support/stack.ts';
import { during } from '../support/until.ts';

let stack: Stack;
let stranger: Client;
beforeAll(async () => {
  stack = await Stack.start({ simulator: { listLagMs: 1000 }, settleMs: 1500 });
  stranger = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await stranger.connection.close();
  await stack.stop();
});

const provision = async (project: TestProject, overrides = {}) =>
  (await stack.mooring.start('provisionNodeWithVolume', project.spec(overrides))).result();

/** Somebody who knows the type name and nothing else, under an id of their own. */
const strangely = (
  project: TestProject,
  type: string,
  input: object,
  id = Math.random().toString(36).slice(2),
) =>
  stranger.workflow.execute(type, {
    taskQueue: stack.config.taskQueue,
    workflowId: `stranger-${project.alias}-${id}`,
    args: [input],
  });

const failureOf = (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error);

/** What a run says that was refused before it had done anything. */
const nothingDone = (why: string) => ({
  step: null,
  cause: { status: null, ovhClass: null, message: expect.stringContaining(why), queryId: null },
  undone: [],
  left: [],
  spared: [],
});

function expectOne(project: TestProject): void {
  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]?.id] }]);
}

test.concurrent('the same spec twice at once gives one node', async () => {
  const project = stack.project();
  const nodes = await Promise.all([provision(project), provision(project), provision(project)]);

  expectOne(project);
  expect(new Set(nodes.map(({ instance }) => instance.id)).size).toBe(1);
});

test.concurrent(
  'the same spec again, at once after the first, gives one node though lists lag far behind',
  async () => {
    const lagging = await Stack.start({ simulator: { listLagMs: 4000 }, settleMs: 5000 });
    const project = lagging.project();
    const start = () => lagging.mooring.start('provisionNodeWithVolume', project.spec());
    await (await start()).result();
    const again = await (await start()).result();
    await lagging.stop();

    expectOne(project);
    expect(again.outcome).toBe('adopted');
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);

test.concurrent('of two specs that race one wins, and the other is told', async () => {
  const project = stack.project();
  const results = await Promise.allSettled([provision(project), provision(project, { flavor: 'b3-16' })]);

  expectOne(project);
  const [won, lost] = results.toSorted((a, b) => a.status.localeCompare(b.status));
  expect(won?.status).toBe('fulfilled');
  expect(lost).toMatchObject({ status: 'rejected', reason: { type: 'NodeDiffers' } });
});

test.concurrent('strangers under ids of their own get one node, too', async () => {
  const project = stack.project();
  const spec = project.spec();
  const nodes = await Promise.all([
    strangely(project, 'provisionNodeWithVolume', spec),
    strangely(project, 'provisionNodeWithVolume', spec),
    provision(project),
  ]);

  expectOne(project);
  expect(new Set(nodes.map(({ instance }) => instance.id)).size).toBe(1);
});

test.concurrent('a stranger whose spec differs from what runs gets the failure itself', async () => {
  const project = stack.project();
  const first = stack.mooring.start('provisionNodeWithVolume', project.spec());
  await first;
  const other = strangely(project, 'provisionNodeWithVolume', project.spec({ flavor: 'b3-16' }));

  await expect(other.catch((error: unknown) => Promise.reject(failureOf(error)))).rejects.toMatchObject({
    type: 'NodeDiffers',
    details: [nothingDone('is being provisioned from another spec')],
  });
  await (await first).result();
  expectOne(project);
});

test.concurrent('destroying a node that is being built cancels it, and leaves nothing', async () => {
  const project = stack.project();
  const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(building, () => project.instances.length === 1);
  const destroying = await stack.mooring.start('destroyNode', project.ref);

  await expect(destroying.result()).resolves.toMatchObject({ kept: [] });
  await expect(building.result()).rejects.toMatchObject({ type: 'Cancelled' });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});

test.concurrent('who asks for another destroy while one waits gets an answer of their own', async () => {
  const project = stack.project();
  const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(building, () => project.instances.length === 1);
  const keeping = await stack.mooring.start('destroyNode', { ...project.ref, volumes: 'keep' });
  const [same, other] = await Promise.all([
    stack.mooring.start('destroyNode', { ...project.ref, volumes: 'keep' }),
    stack.mooring.start('destroyNode', { ...project.ref, volumes: 'delete' }),
  ]);

  expect(same).toMatchObject({ runId: keeping.runId, joined: true });
  expect(other.runId).not.toBe(keeping.runId);
  const answers = await Promise.allSettled([keeping.result(), other.result()]);
  for (const answer of answers)
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ type: 'NodeBusy' });
  expect(answers).toContainEqual(expect.objectContaining({ status: 'fulfilled' }));
  expect(project.instances).toEqual([]);
});

/** OVH takes its time to delete, so that what is asked meanwhile comes while the node is being undone or destroyed. */
const slowly = { method: 'DELETE', path: '/instance/*', kind: 'delay', delayMs: 2000, times: 1 } as const;

test.concurrent('who asks for a node that is being undone waits, and has it then', async () => {
  const project = stack.project();
  const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(building, () => project.instances.length === 1);
  project.fault(slowly);
  await building.cancel();
  const [same, other] = await Promise.all([
    stack.mooring.start('provisionNodeWithVolume', project.spec()),
    stack.mooring.start('destroyNode', { ...project.ref, ifBusy: 'wait' }),
  ]);

  expect(same.runId).not.toBe(building.runId);
  await expect(building.result()).rejects.toMatchObject({ type: 'Cancelled' });
  const [made] = await Promise.allSettled([same.result(), other.result()]);
  // The two that waited come in any order, and a destroy that comes second takes the node away again.
  if (made.status === 'rejected') expect(made.reason).toMatchObject({ type: 'NodeBusy' });
  await provision(project);
  expectOne(project);
});

test.concurrent('a destroy that shall wait waits for another destroy, too', async () => {
  const project = stack.project();
  const { instance } = await provision(project);
  project.fault(slowly);
  const keeping = await stack.mooring.start('destroyNode', { ...project.ref, volumes: 'keep' });
  await during(keeping, () => project.changes.includes(`DELETE /instance/${instance.id}`));
  const all = await stack.mooring.start('destroyNode', {
    ...project.ref,
    volumes: 'delete',
    ifBusy: 'wait',
  });

  expect(await keeping.result()).toMatchObject({ kept: [{ kind: 'volume' }] });
  const { deleted } = await all.result();
  expect(deleted).toContainEqual(expect.objectContaining({ kind: 'volume' }));
  expect(project.volumes).toEqual([]);
});

test.concurrent('with ifBusy "fail" the destroy is refused, and the building goes on', async () => {
  const project = stack.project();
  const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());

  await expect(stack.mooring.start('destroyNode', { ...project.ref, ifBusy: 'fail' })).rejects.toMatchObject({
    type: 'NodeBusy',
  });
  await building.result();
  expectOne(project);
});

test.concurrent(
  'a stranger that is told that the node is busy gets the details of every failure',
  async () => {
    const project = stack.project();
    const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    const destroying = strangely(project, 'destroyNode', { ...project.ref, ifBusy: 'fail' });

    await expect(
      destroying.catch((error: unknown) => Promise.reject(failureOf(error))),
    ).rejects.toMatchObject({
      type: 'NodeBusy',
      details: [nothingDone('is busy with provisionNodeWithVolume')],
    });
    await building.result();
    expectOne(project);
  },
);

test.concurrent('a stranger that destroys a node that is being built waits for its undo', async () => {
  const project = stack.project();
  const building = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(building, () => project.instances.length === 1);
  await strangely(project, 'destroyNode', project.ref);

  await expect(building.result()).rejects.toMatchObject({ type: 'Cancelled' });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});

test.concurrent(
  'provisioning right after a destroy, while lists still show the old instance, builds a new one',
  async () => {
    const project = stack.project();
    const old = await provision(project);
    await (await stack.mooring.start('destroyNode', project.ref)).result();
    const node = await provision(project);

    expectOne(project);
    expect(node.outcome).toBe('created');
    expect(node.instance.id).not.toBe(old.instance.id);
  },
);

test.concurrent('volumes that a destroy kept are adopted by the next provisioning', async () => {
  const project = stack.project();
  const volumes = [{ name: 'data', size: 20, onDestroy: 'keep' as const }];
  const first = await provision(project, { volumes });
  const destroyed = await (await stack.mooring.start('destroyNode', project.ref)).result();
  expect(project.instances).toEqual([]);
  expect(project.volumes).toMatchObject([{ id: first.volumes[0]?.id, status: 'available' }]);
  expect(destroyed.kept).toMatchObject([{ kind: 'volume', id: first.volumes[0]?.id }]);

  const node = await provision(project, { volumes });
  expectOne(project);
  expect(node).toMatchObject({
    outcome: 'completed',
    volumes: [{ id: first.volumes[0]?.id, outcome: 'adopted' }],
  });
});

test.concurrent('two instances of one mark are named and not touched', async ({ expect }) => {
  const project = stack.project();
  const node = await provision(project);
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/instances`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      projectId: project.credentials.projectId,
      region: 'GRA11',
      name: node.instance.name,
    }),
  });
  await expect.poll(() => project.instances.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
  project.expects(...project.instances);
  // As long as this stack's lists lag.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const before = project.snapshot();

  await expect(provision(project)).rejects.toMatchObject({
    type: 'NodeDiffers',
    message: expect.stringContaining(node.instance.id),
  });
  expect(project.snapshot()).toBe(before);
});
