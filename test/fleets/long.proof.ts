import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FleetProgress, FleetResult, FleetSpec } from '../../src/contract/index.ts';
import type { Run } from '../../src/client/index.ts';
import { FleetTally, type FleetRequest, type FleetSoFar } from '../../src/workflows/engine/fleet-tally.ts';
import { cli } from '../cli/run-cli.ts';
import { isProof } from '../support/proof.ts';
import type { TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { LongStack, leftOf, standingIn } from './long-stack.ts';

/* Fleets of several runs: what they made is theirs to take back, whichever run it was, and nothing else is. */

let on: LongStack;
beforeAll(async () => {
  on = await LongStack.start();
});
afterAll(() => on.stop());

/** Lists take long, so that what begins with one is met while it looks. */
const slowLists = { method: 'GET', path: '/instance', kind: 'delay', delayMs: 400, times: 100_000 } as const;

test.concurrent('a fleet of many runs makes, rolls back and destroys exactly its nodes', async () => {
  const project = on.stack.project();
  const count = 12;
  const holds = () => [project.instances.length, project.volumes.length];
  const run = await on.provision(on.fleet(project, { count, maxConcurrent: 4 }));
  const streamed = cli(['wait', run.workflowId, '-q', '-o', 'jsonl'], on.environment);
  const made = await run.result();
  expect(holds()).toEqual([count, count]);
  expect((made as { nodes: { name: string }[] }).nodes.map(({ name }) => name).toSorted()).toEqual(
    Array.from({ length: count }, (_, index) => `web-${String(index + 1).padStart(3, '0')}`),
  );
  expect(await on.lastRun(run)).not.toBe(run.runId);
  // A worker that has not got it in memory needs longer than Temporal's 10 s to go through all that a large one has done.
  const { raw } = await on.temporal.client.workflow.getHandle(run.workflowId).describe();
  expect(Number(raw.executionConfig?.defaultWorkflowTaskTimeout?.seconds)).toBe(60);
  expect(await run.progress()).toMatchObject({ status: 'completed', fleet: { wanted: count, ready: count } });
  // Whoever follows it is told each thing once, whichever run it happened in, and at the end what has become of it.
  const [version, ...events] = (await streamed).lines();
  expect(version).toMatchObject({ type: 'version' });
  expect(events.pop()).toMatchObject({ nodes: { length: count }, failed: [], left: [] });
  const told = events.map(({ type, step }) => `${String(type)} ${String(step)}`);
  for (const once of ['run_started null', 'step_done baseline', 'step_done nodes', 'run_completed null'])
    expect(told.filter((each) => each === once)).toEqual([once]);
  const begun = told.filter((each) => each.startsWith('step_started'));
  expect(begun).toEqual([...new Set(begun)]);

  // Fails once most of it stands, in a run that did not make most of it.
  const doomed = await on.provision(on.fleet(project, { name: 'app', count, maxConcurrent: 4 }));
  await during(doomed, holds, ([instances = 0]) => instances > 1.6 * count);
  await doomed.cancel();
  expect(await leftOf(doomed)).toEqual({ type: 'Cancelled', left: [] });
  expect(holds()).toEqual([count, count]);
  expect(await on.lastRun(doomed)).not.toBe(doomed.runId);

  const request = { project: project.alias, name: 'web' };
  const gone = await (await on.stack.mooring.start('destroyFleet', request)).result();
  expect(holds()).toEqual([0, 0]);
  expect(gone).toMatchObject({ failed: [], left: [] });
  expect(gone.nodes).toHaveLength(count);
});

describe('a cancel takes back what every run has made', () => {
  test.concurrent('when it comes as soon as the fleet has continued', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project));
    await until(() => project.instances.length >= 2);
    project.fault(slowLists);
    await on.continued(run);
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    expect(standingIn(project)).toEqual([]);
  });

  test.concurrent('when a second one comes as soon as the rollback has continued', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 16, maxConcurrent: 6 }));
    await until(() => project.instances.length >= 12);
    await run.cancel();
    const second = await on.lastRun(run);
    project.fault(slowLists);
    await on.continued(run, second);
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    expect(standingIn(project)).toEqual([]);
  });

  test.concurrent('a destroy of the fleet cancels the run that it has come to', async () => {
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

/** A workflow of somebody else's client that asks for it. */
const stranger = async (spec: FleetSpec) =>
  on.temporal.client.workflow.start('provisionFleet', {
    workflowId: `of-a-stranger-${spec.project}-${Math.random()}`,
    taskQueue: on.stack.config.taskQueue,
    args: [spec],
  });

test.concurrent('a stranger whose workflow asked for it cancels whichever run it has come to', async () => {
  const project = on.stack.project();
  const asking = await stranger(on.fleet(project, { count: 40 }));
  const run = await until(() =>
    on.stack.mooring.get({ project: project.alias, fleet: 'web' }).catch(() => undefined),
  );
  await on.continued(run as Run);
  await asking.cancel();
  await expect(asking.result()).rejects.toMatchObject({ cause: { type: 'Cancelled' } });
  expect(standingIn(project)).toEqual([]);
});

test.concurrent(
  'who asks for it while its rollback goes on in another run waits, and has it then',
  async () => {
    const project = on.stack.project();
    const spec = on.fleet(project, { count: 16, maxConcurrent: 6 });
    const run = await on.provision(spec);
    await until(() => project.instances.length >= 12);
    await run.cancel();
    const ending = await on.lastRun(run);
    project.fault(slowLists);
    await on.continued(run, ending);
    const asking = await stranger(spec);
    const failure = (await run.result().catch((error: unknown) => error)) as {
      details?: { undone: object[] };
    };
    // Of all its runs, not of the last.
    expect(failure.details?.undone.length).toBeGreaterThanOrEqual(12);
    expect(await asking.result()).toMatchObject({ failed: [], nodes: { length: 16 } });
    expect(project.instances).toHaveLength(16);
  },
);

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
  test.concurrent('where somebody cancels the destroying of one node during the rollback', async () => {
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

  test.concurrent('where somebody keeps what a node of it is undoing', async () => {
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

  test.concurrent('where one look of a destroy is refused', async () => {
    const project = on.stack.project();
    await (await on.provision(on.fleet(project, { count: 2 }))).result();
    // By its id: a list is of both, if they look at the same moment.
    const path = `/instance/${project.instances[0]?.id}`;
    project.fault({ method: 'GET', path, kind: 'status', status: 403, times: 1 });
    const run = await on.stack.mooring.start('destroyFleet', { project: project.alias, name: 'web' });
    const { type, left } = await leftOf(run);
    expect(type).toBe('FleetIncomplete');
    expect(left).toHaveLength(2);
    expect(left).toEqual(standingIn(project));
    const destroyed = { GRA11: [expect.any(Number)] };
    await expect(run.result()).rejects.toMatchObject({ details: { fleet: { destroyed } } });
  });
});

describe("somebody else's node is not taken back", () => {
  test.concurrent('one that was made anew with another spec', async () => {
    const project = on.stack.project();
    const run = await on.provision(on.fleet(project, { count: 2, maxConcurrent: 1 }));
    await until(() => project.instances.length === 2);
    const ref = { project: project.alias, region: 'GRA11', name: 'web-001' };
    project.fault({ method: 'POST', path: '/volume/*/attach', kind: 'delay', delayMs: 15_000, times: 1 });
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

  test.concurrent('what a run of theirs that failed has left for them to look into', async () => {
    const project = on.stack.project();
    project.fault({ method: 'POST', path: '/volume/*/attach', kind: 'status', status: 400, times: 1 });
    const spec = project.spec({ name: 'web-001', run: { onFailure: 'keep' } });
    const theirs = await on.stack.mooring.start('provisionNodeWithVolume', spec);
    await expect(theirs.result()).rejects.toMatchObject({ type: 'OvhRejected' });
    const stood = standingIn(project);
    expect(stood).toHaveLength(2);
    const run = await on.provision(on.fleet(project, { count: 2, maxConcurrent: 1 }));
    await during(run, () => project.instances.length === 2);
    await run.cancel();
    expect(await leftOf(run)).toEqual({ type: 'Cancelled', left: [] });
    expect(standingIn(project)).toEqual(stood);
    project.expects(...project.instances, ...project.volumes);
  });

  test.concurrent(
    'one that somebody has been delivered after a run of the fleet was terminated',
    async () => {
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
    },
  );
});

test.concurrent(
  'a fleet that is asked for again while nodes of one that was terminated undo themselves waits for them',
  async () => {
    const project = on.stack.project();
    const spec = on.fleet(project, { count: 3 });
    const first = await on.provision(spec);
    await until(() => project.instances.length === 3);
    project.fault({ method: 'DELETE', path: '/instance/*', kind: 'delay', delayMs: 2500, times: 3 });
    await on.temporal.client.workflow.getHandle(first.workflowId).terminate('by hand');
    expect(await (await on.provision(spec)).result()).toMatchObject({ failed: [], nodes: [{}, {}, {}] });
    expect(project.instances).toHaveLength(3);
  },
);

/** What ten thousand nodes may take along, where one run continues as another. */
const MOST_BYTES = 256 * 1024;

test.concurrent('what a run takes along of nodes that it completes is small', async () => {
  const project = on.stack.project();
  const count = isProof ? 30 : 12;
  const { node } = on.fleet(project);
  const volumes = [{ name: 'data', size: 20, onDestroy: 'keep' as const }];
  const spec = on.fleet(project, {
    name: 'w'.repeat(34),
    count,
    maxConcurrent: 6,
    node: { ...node, volumes },
  });
  await (await on.provision(spec)).result();
  const request = { project: project.alias, name: spec.name };
  await (await on.stack.mooring.start('destroyFleet', request)).result();
  const run = await on.provision(spec);
  const { nodes } = (await run.result()) as FleetResult;
  expect(nodes.map(({ outcome }) => outcome)).toEqual(nodes.map(() => 'completed'));
  const { client } = on.temporal;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: run.workflowId, runId: await on.lastRun(run) },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(payloads).toHaveLength(2);
  const bytes = payloads.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  // This is what is left for each beside the spec.
  expect(bytes - 2048).toBeLessThan((count * MOST_BYTES) / 10_000);
});

test('what ten thousand nodes take along, with the longest names, and as many failures as are told, is small', () => {
  const region = 'EU-SOUTH-LZ-MIL-A';
  const soFar: FleetSoFar<FleetRequest> = {
    request: { project: 'main', name: 'w'.repeat(34), count: 10_000 },
    stood: { [region]: Array.from({ length: 10_000 }, (_, index) => index + 1) },
    fates: '',
    failed: [],
    makers: [],
    full: [],
    ending: null,
  };
  const tally = new FleetTally(soFar);
  const failure = ApplicationFailure.create({ type: 'PreflightFailed', message: 'é'.repeat(2000) });
  for (const index of tally.members.keys()) {
    tally.became(index, 'failed');
    tally.failedWith(index, region, failure);
  }
  expect(tally.failed).toHaveLength(500);
  const { fates, failed } = { fates: tally.letters, failed: tally.failed };
  expect(Buffer.byteLength(JSON.stringify({ ...soFar, fates, failed }))).toBeLessThan(MOST_BYTES);
});

test.concurrent(
  'its numbers are true at every moment: they add up, and agree with OVH at the end',
  async () => {
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
  },
);

/** How many begin at once, and the lines of 17 bytes that each takes along: together more than a message may have. */
const large = [
  ['a hundred nodes with user data of 49 KB', 100, 2720],
  ['a thousand nodes with user data of 3.7 KB', 1000, 216],
] as const;

/** Nodes with so much of user data, each refused at once: what counts here is that it was begun. */
function loaded(project: TestProject, count: number, lines: number, name = 'web'): FleetSpec {
  const { node } = on.fleet(project);
  const userData = `#cloud-config\n${'# 0123456789abcde\n'.repeat(lines)}`;
  return on.fleet(project, {
    name,
    count,
    maxConcurrent: count,
    onPartialFailure: 'keep',
    node: { ...node, userData, image: 'no such image' },
  });
}

test.each(isProof ? large : large.slice(0, 1))(
  '%s begin in messages that Temporal takes, and in as many runs as their size needs',
  async (_, count, lines) => {
    const project = on.stack.project();
    const run = await on.provision(loaded(project, count, lines));
    expect(await leftOf(run)).toEqual({ type: 'FleetIncomplete', left: [] });
    const { events } = await on.temporal.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const begun = (events ?? []).filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
    expect(begun.length).toBeLessThan(count);
    expect(standingIn(project)).toEqual([]);
  },
);

test('one that ends while it begins its nodes takes nothing of what the next one may begin', async () => {
  const project = on.stack.project();
  const { client } = on.temporal;
  const ended = await on.provision(loaded(project, 100, 2720));
  const handle = client.workflow.getHandle(ended.workflowId);
  await until(async () => ((await handle.describe()).raw.pendingChildren ?? []).length > 0);
  await handle.terminate('by hand');
  const next = await on.provision(loaded(project, 20, 2720, 'app'));
  expect(await leftOf(next)).toEqual({ type: 'FleetIncomplete', left: [] });
});
