import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FleetSpec } from '../../src/contract/index.ts';
import { Stack } from '../support/stack.ts';
import { during } from '../support/until.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const start = async (spec: FleetSpec) => stack.mooring.start('provisionFleet', spec);
const provision = async (spec: FleetSpec) => (await start(spec)).result();
const five = ['web-001', 'web-002', 'web-003', 'web-004', 'web-005'];

test.concurrent(
  'makes as many nodes as were asked for, each a workflow of its own, and adopts them the next time',
  async () => {
    const project = stack.project();
    const created = await provision(project.fleet());

    expect(project.nodeNames).toEqual(five);
    expect(project.volumes).toHaveLength(5);
    expect(created).toMatchObject({ failed: [], left: [] });
    expect(created.nodes.map(({ outcome }) => outcome)).toEqual(five.map(() => 'created'));
    expect(created.nodes.every(({ address }) => address)).toBe(true);
    const run = await stack.mooring.get({ project: project.alias, region: 'GRA11', name: 'web-003' });
    await expect(run.result()).resolves.toMatchObject({ name: 'web-003' });

    const before = project.snapshot();
    const adopted = await provision(project.fleet());
    expect(adopted.nodes.map(({ outcome }) => outcome)).toEqual(five.map(() => 'adopted'));
    expect(project.snapshot()).toBe(before);
  },
);

test.concurrent('grows, and shrinks from the end', async () => {
  const project = stack.project();
  await provision(project.fleet({ count: 2 }));
  const grown = await provision(project.fleet());
  expect(grown.nodes.filter(({ outcome }) => outcome === 'adopted')).toHaveLength(2);
  expect(project.nodeNames).toEqual(five);

  const run = await stack.mooring.start('destroyFleet', { project: project.alias, name: 'web', beyond: 3 });
  const { nodes } = await run.result();
  expect(nodes.map(({ name }) => name).toSorted()).toEqual(['web-004', 'web-005']);
  expect(project.nodeNames).toEqual(['web-001', 'web-002', 'web-003']);
});

describe.concurrent('too few nodes', () => {
  test.concurrent('all that this run made is deleted again, and what stood before stands', async () => {
    const project = stack.project();
    await provision(project.fleet({ count: 2 }));
    const before = project.snapshot();
    project.fault({ method: 'POST', path: '/instance', kind: 'instance-error', times: 1 });

    const failure = await provision(project.fleet({ maxConcurrent: 2 })).catch((error: unknown) => error);
    expect(project.snapshot()).toBe(before);
    expect(failure).toMatchObject({
      type: 'FleetIncomplete',
      message: expect.stringMatching(/^1 of 5 nodes failed, and 5 must be had, web-00\d for one: /),
      details: { left: [], fleet: { failed: [{ type: 'InstanceFailed' }] } },
    });
  });

  test.concurrent('or kept, and listed, where the spec says so', async () => {
    const project = stack.project();
    project.fault({ method: 'POST', path: '/instance', kind: 'instance-error', times: 1 });

    const spec = project.fleet({ onPartialFailure: 'keep' });
    const failure = await provision(spec).catch((error: unknown) => error);
    expect(project.instances).toHaveLength(4);
    expect(failure).toMatchObject({ type: 'FleetIncomplete', details: { undone: [] } });
    const { left } = (failure as { details: { left: { id: string }[] } }).details;
    expect(left.map(({ id }) => id).toSorted()).toEqual(project.instances.map(({ id }) => id).toSorted());

    const mended = await provision(spec);
    expect(mended.nodes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(project.nodeNames).toEqual(five);
  });

  test.concurrent('enough of them are a success that names the others', async () => {
    const project = stack.project();
    project.fault({ method: 'POST', path: '/instance', kind: 'instance-error', times: 1 });
    const result = await provision(project.fleet({ minHealthy: 4 }));
    expect(result.nodes).toHaveLength(4);
    expect(result.failed).toMatchObject([{ type: 'InstanceFailed', region: 'GRA11' }]);
    expect(project.instances).toHaveLength(4);
  });

  test.concurrent('of a node of which a volume stood before, only what was made goes', async () => {
    const project = stack.project();
    const { node } = project.fleet();
    const volumes = [{ name: 'data', size: 20, onDestroy: 'keep' as const }];
    await provision(project.fleet({ count: 1, node: { ...node, volumes } }));
    await (await stack.mooring.start('destroyFleet', { project: project.alias, name: 'web' })).result();
    const before = project.snapshot();
    expect(project.volumes).toHaveLength(1);

    project.fault({ method: 'POST', path: '/instance', kind: 'instance-error', times: 2 });
    const spec = project.fleet({ count: 4, maxConcurrent: 1, node: { ...node, volumes } });
    // The first one waits behind nobody, so the fault hits others: one of them is enough to fail.
    await expect(provision(spec)).rejects.toMatchObject({ type: 'FleetIncomplete' });
    expect(project.instances).toEqual([]);
    expect(project.snapshot()).toBe(before);
  });
});

test.concurrent('a cancel undoes what is under way and deletes what was made, and nothing else', async () => {
  const project = stack.project();
  await provision(project.fleet({ count: 1 }));
  const before = project.snapshot();

  const run = await start(project.fleet({ count: 6, maxConcurrent: 2 }));
  await during(run, () => project.instances.length > 3);
  await run.cancel();
  await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
  expect(project.snapshot()).toBe(before);
});

test.concurrent(
  'what another run makes meanwhile is joined, and is not deleted when the fleet is',
  async () => {
    const project = stack.project();
    const { node } = project.fleet();
    const other = await stack.mooring.start('provisionNodeWithVolume', {
      ...node,
      region: 'GRA11',
      project: project.alias,
      name: 'web-002',
    });
    const run = await start(project.fleet({ count: 3 }));
    await other.result();
    await during(run, () => project.instances.length === 3);
    await run.cancel();
    await run.result().catch(() => undefined);
    expect(project.nodeNames).toContain('web-002');
    expect((await other.result()) as object).toMatchObject({ name: 'web-002' });
  },
);

test.concurrent('destroying a fleet that is being made cancels it first, and leaves nothing', async () => {
  const project = stack.project();
  const making = await start(project.fleet());
  await during(making, () => project.instances.length > 0);
  const destroying = await stack.mooring.start('destroyFleet', { project: project.alias, name: 'web' });
  await expect(destroying.result()).resolves.toMatchObject({ failed: [], left: [] });
  await expect(making.result()).rejects.toMatchObject({ type: 'Cancelled' });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});

test.concurrent('says how far it is in numbers, with the nodes that take longest', async ({ expect }) => {
  const project = stack.project(await stack.anotherCloud({ bootMs: 6000 }));
  const run = await start(project.fleet());
  await expect
    .poll(async () => (await run.progress()).fleet)
    .toMatchObject({ wanted: 5, running: 5, slowest: [{ region: 'GRA11' }, {}, {}, {}, {}] });
  await run.result();
  const { fleet: end, steps } = await run.progress();
  expect(end).toEqual({ wanted: 5, ready: 5, running: 0, waiting: 0, failed: 0, undone: 0, slowest: [] });
  expect(steps.at(-1)).toMatchObject({ state: 'done', message: '5 of 5 nodes ready, 0 running' });
});

test.concurrent.each([
  [{ count: 0 }, 'count must be at least 1'],
  [{ count: 20_000 }, 'count must be at most 10000'],
  [{ minHealthy: 9 }, 'minHealthy must be at most 5, the count'],
  [{ name: 'w'.repeat(35) }, 'name must have at most 34 characters'],
  [{ node: { flavor: 'b3-8', region: 'GRA11' } as never }, 'node.image is missing'],
  [{ regions: ['GRA11'] }, 'node.region must be left out beside regions'],
])('refuses %j in one sentence', async (overrides, sentence) => {
  const project = stack.project();
  await expect(start(project.fleet(overrides))).rejects.toMatchObject({
    type: 'InvalidSpec',
    message: expect.stringContaining(sentence),
  });
});
