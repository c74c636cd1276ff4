import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { nodeWorkflowId, type NodeSpec } from '../../src/contract/index.ts';
import { connectClient, type ClientConnection } from '../../src/temporal/connect.ts';
import { reachesEdge } from '../faults/moments.ts';
import { resetRun } from '../support/reset-run.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/* What people and other runs do to a node with a floating IP: resets, terminations, fleets, OVH's console. */

let stack: Stack;
let temporal: ClientConnection;
beforeAll(async () => {
  stack = await Stack.start({ simulator: { operationMs: 200 } });
  temporal = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
});
afterAll(async () => {
  await temporal.connection.close();
  await stack.stop();
});

const inside = [{ network: 'private', floatingIp: true as const }];
const provision = (project: TestProject, overrides: Partial<NodeSpec> = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec({ networks: inside, ...overrides }));
const destroy = async (project: TestProject) =>
  (await stack.mooring.start('destroyNode', project.ref)).result();
const all = ({ instances, volumes, floatingIps }: TestProject) => [...instances, ...volumes, ...floatingIps];

/** Begins the node's run again from its first task. */
async function reset(project: TestProject, runId: string): Promise<void> {
  const run = latest(project);
  const { events } = await temporal.client.workflow.getHandle(run.workflowId, runId).fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes);
  await resetRun(temporal.client, { workflowId: run.workflowId, runId }, first?.eventId);
}
const latest = (project: TestProject) => temporal.client.workflow.getHandle(nodeWorkflowId(project.ref));

const ASK = { method: 'POST', path: '/region/*/instance/*/floatingIp' };

/** A run that is terminated after OVH has answered its request, and before its end. */
async function cutOff(project: TestProject): Promise<void> {
  const run = await provision(project, { volumes: [] });
  const step = 'create-floating-ip';
  await reachesEdge(temporal.client, run, { step, edge: 'begun' });
  project.fault({ method: 'GET', path: '/instance', kind: 'delay', delayMs: 2500 });
  await reachesEdge(temporal.client, run, { step, edge: 'done' });
  await latest(project).terminate('by hand');
}

/** A run that is terminated while it waits for OVH's answer, which never comes. */
async function cutOffUnanswered(project: TestProject): Promise<void> {
  project.fault({ ...ASK, kind: 'hang-after', delayMs: 2500 });
  const run = await provision(project, { volumes: [] });
  await during(run, () => project.floatingIps[0]?.at != null);
  await latest(project).terminate('by hand');
}

/** Somebody makes one for the node in OVH's console. */
async function madeInConsole(project: TestProject): Promise<string> {
  const [{ id } = { id: '' }] = project.instances;
  const [port] = await project.somebody.instances.interfaces(id);
  const before = new Set(project.floatingIps.map((each) => each.id));
  await project.somebody.regional('GRA11').floatingIps.create(id, port?.fixedIps[0]?.ip ?? '');
  const isTheirs = (each: { id: string; at: unknown }) => !before.has(each.id) && each.at !== null;
  const theirs = await until(() => project.floatingIps.find(isTheirs));
  project.expects({ id: theirs?.id ?? '' });
  return theirs?.id ?? '';
}

/** Somebody deletes the node's instance in OVH's console. */
async function withoutInstance(project: TestProject): Promise<void> {
  const [{ id } = { id: '' }] = project.instances;
  await project.somebody.instances.delete(id);
  await until(() => project.instances.length === 0);
}

test.concurrent(
  'a run that is reset after its end finds its floating IP, and a destroy takes it',
  async () => {
    const project = stack.project();
    const run = await provision(project);
    const node = await run.result();
    await reset(project, run.runId);
    expect(await latest(project).result()).toMatchObject({
      outcome: 'adopted',
      floatingIp: { id: node.floatingIp?.id, own: true },
    });
    expect(project.floatingIps).toHaveLength(1);
    await destroy(project);
    expect(all(project)).toEqual([]);
  },
);

test.concurrent('a run that is reset in the middle has one in the end, which is its own', async () => {
  const project = stack.project();
  const run = await provision(project);
  await during(run, () => project.floatingIps[0]?.at != null);
  await reset(project, run.runId);
  expect(await latest(project).result()).toMatchObject({ floatingIp: { own: true } });
  expect(project.instances).toHaveLength(1);
  expect(project.floatingIps).toHaveLength(1);
  await destroy(project);
  expect(all(project)).toEqual([]);
});

test.concurrent(
  'a destroy that was terminated when the instance was gone is taken up by the next',
  async () => {
    const project = stack.project();
    await (await provision(project)).result();
    project.fault({
      method: 'DELETE',
      path: '/region/*/floatingip/*',
      kind: 'status',
      status: 500,
      forMs: 2500,
    });
    await stack.mooring.start('destroyNode', project.ref);
    await until(() => project.instances.length === 0);
    await latest(project).terminate('by hand');
    expect(project.floatingIps).toHaveLength(1);
    await destroy(project);
    expect(all(project)).toEqual([]);
  },
);

test.concurrent('what somebody has made for the node in the console is used, and outlives it', async () => {
  const project = stack.project();
  const { instance, addresses } = await (
    await provision(project, { networks: [{ network: 'private' }] })
  ).result();
  await project.somebody.regional('GRA11').floatingIps.create(instance.id, addresses.privateIpv4 ?? '');
  await until(() => project.floatingIps[0]?.at != null);
  const [theirs] = project.floatingIps;
  project.expects({ id: theirs?.id ?? '' });
  const node = await (await provision(project)).result();
  expect(project.floatingIps).toHaveLength(1);
  expect(node.floatingIp).toMatchObject({ id: theirs?.id, own: false });
  const { kept } = await destroy(project);
  expect(project.instances).toEqual([]);
  expect(project.floatingIps).toMatchObject([{ id: theirs?.id, at: null }]);
  expect(kept).toMatchObject([{ id: theirs?.id }]);
});

test.concurrent('a node that has one of its own is not given another: it differs', async () => {
  const project = stack.project();
  await (await provision(project)).result();
  const before = project.snapshot();
  const networks = [{ network: 'private', floatingIp: '198.18.99.99' }];
  const failed = (await (
    await provision(project, { networks })
  )
    .result()
    .catch((error: unknown) => error)) as {
    type: string;
    message: string;
  };
  expect(failed.type).toBe('NodeDiffers');
  expect(failed.message).toContain('floatingIp');
  expect(project.snapshot()).toBe(before);
  await destroy(project);
  expect(all(project)).toEqual([]);
});

test.concurrent('a fleet has one for each of its nodes, and takes them with it', async () => {
  const project = stack.project();
  const node = { flavor: 'b3-8', image: 'Debian 12', networks: inside };
  const fleet = { project: project.alias, name: 'web', count: 3, regions: ['GRA11'], node };
  await (await stack.mooring.start('provisionFleet', fleet)).result();
  expect(project.floatingIps.map(({ instanceId }) => instanceId).toSorted()).toEqual(
    project.instances.map(({ id }) => id).toSorted(),
  );
  expect(project.floatingIps).toHaveLength(3);
  await (await stack.mooring.start('destroyFleet', { project: project.alias, name: 'web' })).result();
  expect(all(project)).toEqual([]);
});

test.concurrent('a fleet that is cancelled takes back those that it has made, and no other', async () => {
  const project = stack.project();
  const other = await (await provision(project, { name: 'other', volumes: [] })).result();
  const node = { flavor: 'b3-8', image: 'Debian 12', networks: inside };
  const fleet = { project: project.alias, name: 'web', count: 3, regions: ['GRA11'], maxConcurrent: 1, node };
  const run = await stack.mooring.start('provisionFleet', fleet);
  await during(run, () => project.floatingIps.filter(({ at }) => at !== null).length >= 3);
  await run.cancel();
  await run.result().catch(() => undefined);
  expect(project.instances.map(({ id }) => id)).toEqual([other.instance.id]);
  expect(project.floatingIps.map(({ id }) => id)).toEqual([other.floatingIp?.id]);
});

test.concurrent(
  'what somebody makes for a node whose run was refused one is theirs, and outlives it',
  async () => {
    const project = stack.project();
    project.fault({ ...ASK, kind: 'status', status: 409, message: 'max quota reached for: floatingip' });
    const failed = await provision(project, { run: { onFailure: 'keep' } });
    await expect(failed.result()).rejects.toMatchObject({ type: 'QuotaExceeded' });
    const theirs = await madeInConsole(project);
    const node = await (await provision(project)).result();
    const { kept } = await destroy(project);
    expect([...project.instances, ...project.volumes]).toEqual([]);
    expect(project.floatingIps).toMatchObject([{ id: theirs, at: null }]);
    expect(node.floatingIp).toMatchObject({ id: theirs, own: false });
    expect(kept).toMatchObject([{ id: theirs }]);
  },
);

test.concurrent(
  'what somebody makes in the place of one that a terminated run had made is theirs',
  async () => {
    const project = stack.project();
    await cutOff(project);
    const [made] = project.floatingIps;
    await project.somebody.regional('GRA11').floatingIps.delete(made?.id ?? '');
    const theirs = await madeInConsole(project);
    const { kept } = await destroy(project);
    expect(project.instances).toEqual([]);
    expect(project.floatingIps).toMatchObject([{ id: theirs, at: null }]);
    expect(kept).toMatchObject([{ id: theirs }]);
  },
);

test.concurrent(
  'what a terminated run had made is taken by a destroy, also where the instance is gone',
  async () => {
    const project = stack.project();
    await cutOff(project);
    const [made] = project.floatingIps;
    await withoutInstance(project);
    const { deleted, absent } = await destroy(project);
    expect(all(project)).toEqual([]);
    expect({ deleted, absent }).toMatchObject({ deleted: [{ id: made?.id }], absent: false });
  },
);

test.concurrent(
  'a destroy that was terminated has written down whose it was, though its answer was lost',
  async () => {
    const project = stack.project();
    await cutOffUnanswered(project);
    project.fault({
      method: 'DELETE',
      path: '/region/*/floatingip/*',
      kind: 'status',
      status: 500,
      forMs: 6000,
    });
    await stack.mooring.start('destroyNode', project.ref);
    await until(() => project.instances.length === 0);
    await latest(project).terminate('by hand');
    expect(project.floatingIps).toHaveLength(1);
    await destroy(project);
    expect(all(project)).toEqual([]);
  },
);

// Of the looks by id that a destroy takes, the first is before it deletes, and the third after OVH has refused to delete.
test.concurrent.each([0, 2])('one 404 of what OVH lists is no end: after %i looks', async (after) => {
  const project = stack.project();
  await (await provision(project, { volumes: [] })).result();
  await withoutInstance(project);
  const one = { path: '/region/*/floatingip/*', kind: 'status' as const };
  project.fault({ ...one, method: 'DELETE', status: 500 });
  project.fault({ ...one, method: 'GET', status: 404, after });
  await destroy(project);
  expect(all(project)).toEqual([]);
});

test.concurrent.each([403, 404])(
  'one %i of the list of floating IPs does not mean that there are none',
  async (status) => {
    const project = stack.project();
    await cutOffUnanswered(project);
    project.fault({ method: 'GET', path: '/region/*/floatingip', kind: 'status', status });
    await destroy(project);
    expect(all(project)).toEqual([]);
  },
);
