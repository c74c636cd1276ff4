import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FleetProgress } from '../../src/contract/index.ts';
import { until } from '../support/until.ts';
import { LongStack, leftOf, standingIn } from './long-stack.ts';

/* Fleets of several runs: what they made is theirs to take back, whichever run it was, and nothing else is. */

let on: LongStack;
beforeAll(async () => {
  on = await LongStack.start();
});
afterAll(() => on.stop());

/** Lists take long, so that what begins with one is met while it looks. */
const slowLists = { method: 'GET', path: '/instance', kind: 'delay', delayMs: 400, times: 100_000 } as const;

describe('a cancel takes back what every run has made', () => {
  test('when it comes as soon as the fleet has continued', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project));
    await until(() => project.instances.length >= 2);
    project.fault(slowLists);
    await on.continued(run);
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    expect(standingIn(project)).toEqual([]);
  });

  test('when a second one comes as soon as the rollback has continued', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 20, maxConcurrent: 6 }));
    await until(() => project.instances.length >= 15);
    await run.cancel();
    const second = await on.lastRun(run);
    project.fault(slowLists);
    await on.continued(run, second);
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    expect(standingIn(project)).toEqual([]);
  });

  test('a destroy of the fleet cancels the run that it has come to', async () => {
    const project = on.stack.project();
    const making = await on.provision(on.fleet(project, { count: 40 }));
    await on.continued(making);
    const request = { project: project.alias, name: 'web' };
    const destroying = await on.stack.mooring.start('destroyFleet', request);
    expect(await destroying.result()).toMatchObject({ failed: [], left: [] });
    expect(await leftOf(making)).toMatchObject({ type: 'Cancelled' });
    expect(standingIn(project)).toEqual([]);
    expect(project.changes.filter((change) => change === 'POST /instance').length).toBeLessThan(40);
  });
});

describe('the last look at a fleet of several runs', () => {
  /** A fleet whose nodes are all made, while its second run looks at those of the first. */
  const looking = async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project));
    await on.continued(run);
    await until(() => project.instances.length === 12);
    project.fault(slowLists);
    const handle = on.temporal.client.workflow.getHandle(run.workflowId);
    await until(async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'fleetStanding');
    });
    return { project, run };
  };

  test('is cancelled, and all is taken back', async () => {
    const { project, run } = await looking();
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    expect(standingIn(project)).toEqual([]);
  });

  test('is refused, and waits until it is allowed', async () => {
    const { project, run } = await looking();
    project.fault({ method: 'GET', path: '/volume', kind: 'status', status: 403, times: 1 });
    expect(await run.result()).toMatchObject({ failed: [], left: [], nodes: { length: 12 } });
  });
});

describe('what stands is named', () => {
  test('where somebody cancels the destroying of one node during the rollback', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 2, maxConcurrent: 1 }));
    const node = on.node(project, 'web-001');
    await until(() => project.instances.length === 2);
    project.fault(slowLists);
    await run.cancel();
    await until(async () => (await node.describe()).type === 'destroyNode');
    await node.cancel();
    const { left } = await leftOf(run);
    expect(left).toHaveLength(2);
    expect(left).toEqual(standingIn(project));
    project.expects(...project.instances, ...project.volumes);
  });

  test('where somebody keeps what a node of it is undoing', async () => {
    const project = on.stack.project();
    project.fault({ method: 'DELETE', path: '/instance/*', kind: 'status', status: 500, times: 100_000 });
    const run = await on.provision(on.fleet(project, { count: 1 }));
    await until(() => project.instances.length === 1);
    await run.cancel();
    const node = await on.stack.mooring.get({ project: project.alias, region: 'GRA11', name: 'web-001' });
    await until(() => project.changes.some((change) => change.startsWith('DELETE /instance')));
    await node.keep();
    const { left } = await leftOf(run);
    expect(left.length).toBeGreaterThan(0);
    expect(left).toEqual(standingIn(project));
  });

  test('where one look of a destroy is refused', async () => {
    const project = on.stack.project();
    await (await on.provision(on.fleet(project, { count: 2 }))).result();
    project.fault({ method: 'GET', path: '/instance', kind: 'status', status: 403, after: 2, times: 1 });
    const run = await on.stack.mooring.start('destroyFleet', { project: project.alias, name: 'web' });
    const { type, left } = await leftOf(run);
    expect(type).toBe('FleetIncomplete');
    expect(left).toHaveLength(2);
    expect(left).toEqual(standingIn(project));
  });
});

describe("somebody else's node is not taken back", () => {
  test('one that was made anew with another spec', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 2, maxConcurrent: 1 }));
    await until(() => project.instances.length === 2);
    const ref = { project: project.alias, region: 'GRA11', name: 'web-001' };
    project.fault({ method: 'POST', path: '/volume/*/attach', kind: 'delay', delayMs: 3000, times: 1 });
    await (await on.stack.mooring.start('destroyNode', ref)).result();
    const spec = { ...project.spec(), name: 'web-001', flavor: 'b3-16' };
    const theirs = await on.stack.mooring.start('provisionNodeWithVolume', spec);
    await until(() => project.instances.some(({ name }) => name.startsWith('web-001')));
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    const { instance, volumes } = (await theirs.result()) as {
      instance: { id: string };
      volumes: { id: string }[];
    };
    expect(standingIn(project)).toEqual([instance, ...volumes].map(({ id }) => id).toSorted());
  });

  test('one that somebody has been delivered after a run of the fleet was terminated', async () => {
    const project = on.stack.project();
    project.fault({ method: 'POST', path: '/instance', kind: 'delay', delayMs: 800, times: 1 });
    const run = await on.provision(on.fleet(project, { count: 1 }));
    await until(() => project.changes.includes('POST /instance'));
    await on.node(project, 'web-001').terminate('by hand');
    const spec = { ...project.spec(), name: 'web-001' };
    const theirs = await on.stack.mooring.start('provisionNodeWithVolume', spec);
    expect(await leftOf(run)).toMatchObject({ type: 'FleetIncomplete' });
    const { instance, volumes } = (await theirs.result()) as {
      instance: { id: string };
      volumes: { id: string }[];
    };
    expect(standingIn(project)).toEqual([instance, ...volumes].map(({ id }) => id).toSorted());
  });
});

test('a fleet that is asked for again while nodes of one that was terminated undo themselves waits for them', async () => {
  const project = on.stack.project();
  const spec = on.fleet(project, { count: 3 });
  const first = await on.provision(spec);
  await until(() => project.instances.length === 3);
  project.fault({ method: 'DELETE', path: '/instance/*', kind: 'delay', delayMs: 2500, times: 3 });
  await on.temporal.client.workflow.getHandle(first.workflowId).terminate('by hand');
  expect(await (await on.provision(spec)).result()).toMatchObject({ failed: [], nodes: [{}, {}, {}] });
  expect(project.instances).toHaveLength(3);
});

test('a fleet that is reset and then cancelled takes back what it had made', async () => {
  const project = on.stack.project();
  const run = await on.provision(on.fleet(project, { count: 9, maxConcurrent: 2 }));
  await until(() => project.volumes.filter(({ status }) => status === 'in-use').length >= 4);
  const { client } = on.temporal;
  const runId = await on.lastRun(run);
  const { events } = await client.workflow.getHandle(run.workflowId, runId).fetchHistory();
  const first = events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: run.workflowId, runId },
    workflowTaskFinishEventId: first ?? null,
    requestId: `reset ${runId}`,
    reason: 'a test',
  });
  const handle = client.workflow.getHandle(run.workflowId);
  await handle.cancel();
  await handle.result().catch(() => undefined);
  expect(standingIn(project)).toEqual([]);
});

test('what a run takes along that continues another is small', async () => {
  const project = on.stack.project();
  const count = 30;
  const run = await on.provision(on.fleet(project, { name: 'w'.repeat(34), count, maxConcurrent: 6 }));
  await run.result();
  const { client } = on.temporal;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: run.workflowId, runId: await on.lastRun(run) },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(payloads).toHaveLength(2);
  const bytes = payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  // Ten thousand nodes are to take 256 KiB at most: this is what that leaves for each beside the spec.
  expect(bytes - 2048).toBeLessThan((count * 256 * 1024) / 10_000);
});

test('its numbers are true at every moment: they add up, and agree with OVH at the end', async () => {
  const project = on.stack.project();
  await (await on.provision(on.fleet(project, { count: 2 }))).result();
  const stood = standingIn(project);
  const run = await on.provision(on.fleet(project, { count: 14, maxConcurrent: 4 }));
  const seen: FleetProgress[] = [];
  const starts = new Set<string>();
  const watching = (async () => {
    for await (const { fleet, startedAt, steps } of run.watch({ everyMs: 20 })) {
      if (!fleet || fleet.wanted === 0) continue;
      seen.push(fleet);
      starts.add(startedAt);
      expect(steps[0]).toMatchObject({ step: 'baseline', state: 'done' });
    }
  })();
  await until(() => project.instances.length >= 12);
  await run.cancel();
  expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
  await watching;
  expect(standingIn(project)).toEqual(stood);
  for (const { wanted, ready, running, waiting, failed, undone } of seen)
    expect([wanted, ready + running + waiting + failed + undone]).toEqual([14, 14]);
  expect(seen.at(-1)).toMatchObject({ ready: 2, running: 0, failed: 0 });
  expect(starts.size).toBe(1);
});

test('a hundred nodes with user data of 49 KB begin in messages that Temporal takes', async () => {
  const project = on.stack.project();
  const { node } = on.fleet(project);
  const userData = `#cloud-config\n${'# 0123456789abcde\n'.repeat(2720)}`;
  const run = await on.provision(
    on.fleet(project, {
      count: 100,
      maxConcurrent: 100,
      onPartialFailure: 'keep',
      // Each is refused at once: what counts here is that it was begun.
      node: { ...node, userData, image: 'no such image' },
    }),
  );
  expect(await leftOf(run)).toEqual({ type: 'FleetIncomplete', left: [] });
  expect(standingIn(project)).toEqual([]);
});
