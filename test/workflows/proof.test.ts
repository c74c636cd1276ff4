import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { Mooring } from '../../src/client/index.ts';
import type { WorkerConfig } from '../../src/worker/config.ts';
import { nodeWorkflowId } from '../../src/contract/index.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { reachesEdge } from '../faults/moments.ts';
import { sampled } from '../support/proof.ts';
import { resetToAfter } from '../support/reset-run.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/*
 * Nothing is deleted that nobody made or named: whatever a list leaves out, whoever else works on the node, whatever
 * Temporal has forgotten or somebody has reset. First comes what stands at OVH, then what the run said.
 */

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start();
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  for (const end of ends) await end();
  await client.connection.close();
  await stack.stop();
});

const ends: (() => Promise<unknown>)[] = [];

const provision = async (project: TestProject, mooring = stack.mooring) =>
  (await mooring.start('provisionNodeWithVolume', project.spec())).result();
const control = async (path: string, body: object) => {
  const { origin } = new URL(stack.endpoint);
  const answer = await fetch(`${origin}/_simulator${path}`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.ok).toBe(true);
};
const ids = (things: { id: string }[]) => things.map(({ id }) => id).toSorted();
const all = ({ instances, volumes }: TestProject) => ids([...instances, ...volumes]);
const emptyOnce = (project: TestProject, ...paths: string[]) => {
  for (const path of paths) project.fault({ kind: 'list-incomplete', method: 'GET', path, times: 1 });
};

/** By a worker that has seen nothing of the project yet. */
function unseen(project: TestProject): Mooring {
  stack.forget(project);
  return stack.mooring;
}

/** By a worker and a queue of its own. */
async function another(
  project: TestProject,
  { alias, ...changes }: Partial<WorkerConfig> & { alias: string },
): Promise<Mooring> {
  const own = stack.config.projects.find((each) => each.alias === project.alias);
  if (!own) throw new Error('The stack has no such project.');
  const taskQueue = `test-${randomBytes(3).toString('hex')}`;
  const config = { ...stack.config, taskQueue, projects: [{ ...own, alias }], ...changes };
  const temporal = { address: inject('temporalAddress') };
  const worker = await startWorker(config, temporal);
  const mooring = await Mooring.connect({ ...PATIENT, ...temporal, taskQueue: config.taskQueue });
  ends.push(
    () => mooring.close(),
    () => worker.stop(),
  );
  return mooring;
}

function expectOneNode(project: TestProject): void {
  expect(project.instances).toMatchObject([{ status: 'ACTIVE' }]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]!.id] }]);
}

test.concurrent('a node that the baseline does not see stands as before, and is adopted', async () => {
  const project = stack.project();
  await provision(project);
  const before = project.snapshot();
  const fresh = unseen(project);
  emptyOnce(project, '/instance', '/volume');
  const node = await provision(project, fresh);

  expect(project.snapshot()).toBe(before);
  expect(node).toMatchObject({ outcome: 'adopted', instance: { id: project.instances[0]!.id } });
});

test.concurrent('a node that the baseline does not see stands as before where the run fails', async () => {
  const project = stack.project();
  await provision(project);
  const before = project.snapshot();
  const fresh = unseen(project);
  emptyOnce(project, '/instance');
  project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 9 });
  const volumes = [
    { name: 'data', size: 20 },
    { name: 'more', size: 10 },
  ];
  const run = await fresh.start('provisionNodeWithVolume', project.spec({ volumes }));
  await expect(run.result()).rejects.toMatchObject({ type: 'OvhRejected', details: { left: [] } });

  expect(project.snapshot()).toBe(before);
});

test.concurrent('what stands is not taken for what a lost answer made, and goes with no undo', async () => {
  const project = stack.project();
  await provision(project);
  const before = project.snapshot();
  const fresh = unseen(project);
  emptyOnce(project, '/instance', '/volume');
  project.fault({ kind: 'status', status: 500, method: 'POST', path: '/instance', times: 1 });
  project.fault({ kind: 'status', status: 500, method: 'POST', path: '/volume', times: 1 });
  const node = await provision(project, fresh);

  expect(project.snapshot()).toBe(before);
  expect(node.outcome).toBe('adopted');
});

test.concurrent('a fleet makes no node again that one list leaves out, and a destroy finds it', async () => {
  const project = stack.project();
  const { flavor, image } = project.spec();
  const fleet = (regions: string[]) => ({
    project: project.alias,
    name: 'web',
    count: 1,
    node: { flavor, image },
    regions,
  });
  await (await stack.mooring.start('provisionFleet', fleet(['SBG5']))).result();
  const before = project.snapshot();
  const fresh = unseen(project);
  emptyOnce(project, '/instance');
  await (await fresh.start('provisionFleet', fleet(['GRA11', 'SBG5']))).result();
  expect(project.snapshot()).toBe(before);

  const last = unseen(project);
  emptyOnce(project, '/instance');
  const { nodes } = await (
    await last.start('destroyFleet', { project: project.alias, name: 'web' })
  ).result();
  expect(all(project)).toEqual([]);
  expect(nodes).toMatchObject([{ name: 'web-001', region: 'SBG5' }]);
});

test.concurrent.each(sampled([1, 2, 3], () => 'a race'))(
  'two who share no lock: at most one node stands, and who said success names it (%i)',
  async () => {
    const project = stack.project();
    const rival = `rival-${randomBytes(3).toString('hex')}`;
    const theirs = await another(project, { alias: rival });
    const outcomes = await Promise.allSettled([
      provision(project),
      (await theirs.start('provisionNodeWithVolume', project.spec({ project: rival }))).result(),
    ]);

    const named = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ type: 'NodeDiffers', details: { left: [] } });
    const stands = all(project);
    project.expects(...project.instances, ...project.volumes);
    expect(project.instances.length).toBeLessThanOrEqual(1);
    if (named.length === 0) expect(stands).toEqual([]);
    for (const node of named) expect(ids([node.instance, ...node.volumes])).toEqual(stands);
  },
);

test.concurrent('workers of one queue that know an alias by two projects leave nothing behind', async () => {
  const project = stack.project();
  const other = stack.project();
  const taskQueue = `test-${randomBytes(3).toString('hex')}`;
  const first = await another(project, { taskQueue, alias: project.alias });
  await another(other, { taskQueue, alias: project.alias });
  const nodes = await Promise.all(
    Array.from({ length: 6 }, async (_, index) =>
      (await first.start('provisionNodeWithVolume', project.spec({ name: `web-${index}` }))).result(),
    ),
  );

  const places = [all(project), all(other)];
  expect(places.flat().toSorted()).toEqual(
    nodes.flatMap(({ instance, volumes }) => ids([instance, ...volumes])).toSorted(),
  );
  for (const { instance, volumes } of nodes)
    expect(
      places.filter((place) => ids([instance, ...volumes]).every((id) => place.includes(id))),
    ).toHaveLength(1);
  other.expects(...other.instances, ...other.volumes);
  project.expects(...project.instances, ...project.volumes);
});

/** Back to just after a step; without one to its very first task. */
const resetAfter = async (project: TestProject, runId: string, step?: string): Promise<string> =>
  resetToAfter(client, { workflowId: nodeWorkflowId(project.ref), runId }, step);

test.concurrent.each(
  sampled(['count', 'preflight', 'create-instance', 'attach-volume-data'], () => 'a step'),
)('a delivered node stands as before when its run is reset to after %s', async (step) => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await run.result();
  const before = project.snapshot();
  const runId = await resetAfter(project, run.runId, step);
  const node: unknown = await client.workflow.getHandle(nodeWorkflowId(project.ref), runId).result();

  expect(project.snapshot()).toBe(before);
  expect(node).toMatchObject({ outcome: 'adopted', instance: { id: project.instances[0]!.id } });
  // Whoever asks for the node's run is shown the new one, not what the old one had said.
  expect(await (await stack.mooring.get(project.ref)).result()).toMatchObject({ outcome: 'adopted' });
});

test.concurrent(
  'a destroy of long ago that is reset does not delete what was provisioned since',
  async () => {
    const project = stack.project();
    await provision(project);
    const destroyed = await stack.mooring.start('destroyNode', project.ref);
    await destroyed.result();
    await provision(project);
    const before = project.snapshot();
    const runId = await resetAfter(project, destroyed.runId, 'delete');
    const again = await stack.mooring.get(project.ref);
    expect(again.runId).toBe(runId);
    await expect(again.result()).rejects.toMatchObject({
      type: 'NodeDiffers',
      message: expect.stringContaining('destroy the node anew'),
    });

    expect(project.snapshot()).toBe(before);
  },
);

test.concurrent('a destroy that is reset in its middle goes on', async () => {
  const project = stack.project();
  await provision(project);
  project.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/volume/*', forMs: 3000 });
  const run = await stack.mooring.start('destroyNode', project.ref);
  await during(run, () => project.instances.length === 0);
  const runId = await resetAfter(project, run.runId, 'baseline');
  await client.workflow.getHandle(nodeWorkflowId(project.ref), runId).result();

  expect(all(project)).toEqual([]);
});

test.concurrent('a delivered node stands as before when its run is reset and then cancelled', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await run.result();
  const before = project.snapshot();
  const runId = await resetAfter(project, run.runId, 'create-instance');
  const again = await stack.mooring.get(project.ref);
  expect(again.runId).toBe(runId);
  await again.cancel();
  await expect(again.result()).rejects.toMatchObject({ type: 'Cancelled' });

  expect(project.snapshot()).toBe(before);
});

test.concurrent.each(sampled(['create-instance', 'await-instance'], () => 'a step'))(
  'a run that is reset at %s while it builds makes exactly one node',
  async (step) => {
    const project = stack.project();
    project.fault({ kind: 'delay', delayMs: 1000, method: 'POST', path: '/volume', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await reachesEdge(client, run, { step, edge: 'begun' });
    const runId = await resetAfter(project, run.runId, 'preflight');
    await client.workflow.getHandle(nodeWorkflowId(project.ref), runId).result();

    expectOneNode(project);
  },
);

test.concurrent(
  'a run that is deleted while it builds is followed by one that makes exactly one node',
  async () => {
    const project = stack.project();
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await during(run, () => project.instances.length === 1 && project.volumes.length === 1);
    await client.workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: nodeWorkflowId(project.ref) },
    });
    await provision(project);

    expectOneNode(project);
  },
);

const reap = async (project: TestProject) =>
  (await stack.mooring.start('reap', { project: project.alias, apply: true, olderThan: '1s' })).result();

/** As retention does it, a month later. */
async function forget(project: TestProject, runId: string): Promise<void> {
  const workflowExecution = { workflowId: nodeWorkflowId(project.ref), runId };
  await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  const handle = client.workflow.getHandle(workflowExecution.workflowId, runId);
  const isForgotten = () =>
    handle.describe().then(
      () => false,
      (error: unknown) => error instanceof WorkflowNotFoundError,
    );
  await until(isForgotten);
}

test.concurrent('what Temporal has forgotten is unknown to a reap, whatever has failed since', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await run.result();
  const before = project.snapshot();
  const differs = await stack.mooring.start('provisionNodeWithVolume', project.spec({ flavor: 'b3-16' }));
  await expect(differs.result()).rejects.toMatchObject({ type: 'NodeDiffers' });
  await forget(project, run.runId);
  const { unknown, leftOver } = await reap(project);

  expect(project.snapshot()).toBe(before);
  expect(leftOver).toEqual([]);
  expect(ids(unknown)).toEqual(all(project));
  project.expects(...project.instances, ...project.volumes);
});

test.concurrent('a volume that a forgotten destroy has kept is unknown to a reap', async () => {
  const project = stack.project();
  const volumes = [{ name: 'data', size: 10, onDestroy: 'keep' as const }];
  const made = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes }));
  await made.result();
  const destroyed = await stack.mooring.start('destroyNode', project.ref);
  await destroyed.result();
  const before = project.snapshot();
  const spec = project.spec({ volumes: [{ ...volumes[0]!, size: 30 }] });
  const differs = await stack.mooring.start('provisionNodeWithVolume', spec);
  await expect(differs.result()).rejects.toMatchObject({ type: 'NodeDiffers' });
  await forget(project, made.runId);
  await forget(project, destroyed.runId);
  const { unknown } = await reap(project);

  expect(project.snapshot()).toBe(before);
  expect(ids(unknown)).toEqual(all(project));
  project.expects(...project.volumes);
});

test.concurrent('a destroy keeps what says so, also where its first list leaves it out', async () => {
  const project = stack.project();
  const volumes = [{ name: 'data', size: 10, onDestroy: 'keep' as const }];
  const node = await (
    await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes }))
  ).result();
  const fresh = unseen(project);
  emptyOnce(project, '/volume');
  const result = await (await fresh.start('destroyNode', project.ref)).result();

  expect(project.instances).toEqual([]);
  expect(project.volumes).toMatchObject([{ id: node.volumes[0]!.id, status: 'available' }]);
  expect(ids(result.kept)).toEqual(all(project));
  project.expects(...project.volumes);
});

test.concurrent(
  'a destroy of another instance touches nothing, also where a list hides the one that stands',
  async () => {
    const project = stack.project();
    await provision(project);
    const before = project.snapshot();
    const fresh = unseen(project);
    emptyOnce(project, '/instance');
    const run = await fresh.start('destroyNode', { ...project.ref, ifInstanceId: 'another' });
    await expect(run.result()).rejects.toMatchObject({ type: 'NodeDiffers' });

    expect(project.snapshot()).toBe(before);
  },
);

test.concurrent('a destroy whose lists are empty for a while finds what Temporal remembers', async () => {
  const project = stack.project();
  await provision(project);
  const fresh = unseen(project);
  for (const path of ['/instance', '/volume'])
    project.fault({ kind: 'list-incomplete', method: 'GET', path, forMs: 4000 });
  const result = await (await fresh.start('destroyNode', project.ref)).result();

  expect(all(project)).toEqual([]);
  expect(result).toMatchObject({ absent: false, deleted: [{}, {}] });
});

test.concurrent.each([
  { leaves: 'the volume', list: '/volume', isDetached: false, byId: false },
  { leaves: 'the instance', list: '/instance', isDetached: true, byId: false },
  { leaves: 'the instance', list: '/instance', isDetached: true, byId: true },
])(
  'a destroy of whose lists one leaves out $leaves for a while finds it (by its id: $byId)',
  async ({ list, isDetached, byId }) => {
    const project = stack.project();
    const { instance, volumes } = await provision(project);
    if (isDetached) await project.somebody.volumes.detach(volumes[0]!.id, instance.id);
    await until(() => project.volumes[0]?.status === (isDetached ? 'available' : 'in-use'));
    const fresh = unseen(project);
    project.fault({ kind: 'list-incomplete', method: 'GET', path: list, forMs: 3000 });
    const only = byId ? { only: [instance.id] } : {};
    const result = await (await fresh.start('destroyNode', { ...project.ref, ...only })).result();

    expect(project.instances).toEqual([]);
    expect(ids(project.volumes)).toEqual(byId ? ids(volumes) : []);
    expect(ids(result.deleted)).toEqual(ids(byId ? [instance] : [instance, ...volumes]));
    project.expects(...project.volumes);
  },
);

test.concurrent('a destroy takes the floating IP of the node that a list leaves out', async () => {
  const project = stack.project();
  const spec = project.spec({ volumes: [], networks: [{ network: 'private', floatingIp: true }] });
  const { floatingIp } = await (await stack.mooring.start('provisionNodeWithVolume', spec)).result();
  const fresh = unseen(project);
  emptyOnce(project, '/region/*/floatingip');
  const { deleted } = await (await fresh.start('destroyNode', project.ref)).result();

  expect([...all(project), ...ids(project.floatingIps)]).toEqual([]);
  expect(ids(deleted)).toContain(floatingIp?.id);
});

test.concurrent(
  'a reap of a left-over instance leaves the delivered node with its volume alone',
  async () => {
    const project = stack.project();
    const node = await provision(project);
    const before = all(project);
    const { projectId } = project.credentials;
    await control('/instances', { projectId, name: node.instance.name });
    await until(
      () => project.instances.length === 2 && project.instances.every(({ status }) => status === 'ACTIVE'),
    );
    emptyOnce(project, '/volume', '/instance');
    await until(async () => (await reap(project)) && project.instances.length === 1);

    expect(all(project)).toEqual(before);
    expectOneNode(project);
  },
);

test.concurrent('user data that OVH would refuse is refused before anything is made', async () => {
  const project = stack.project();
  const userData = `#cloud-config\n#${'x'.repeat(49_000)}\n`;
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ userData }));
  await expect(run.result()).rejects.toMatchObject({ type: 'InvalidSpec' });

  expect(project.changes).toEqual([]);
});

test.concurrent(
  'a thing that somebody renames in the middle is counted by its id, and told by its new name',
  async () => {
    const project = stack.project();
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await reachesEdge(client, run, { step: 'create-volume-data', edge: 'done' });
    await reachesEdge(client, run, { step: 'create-instance', edge: 'done' });
    await control(`/instances/${project.instances[0]!.id}/name`, { name: 'mine' });
    await control(`/volumes/${project.volumes[0]!.id}/name`, { name: 'mine-too' });
    const [outcome] = await Promise.allSettled([run.result()]);

    if (outcome.status === 'rejected') {
      expect(all(project)).toEqual([]);
      expect(outcome.reason).toMatchObject({ details: { left: [] } });
    } else {
      expectOneNode(project);
      expect(outcome.value).toMatchObject({ instance: { name: 'mine' } });
    }
  },
);

test.concurrent(
  'an undo deletes what somebody has renamed: the history of the run says who made it',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
    project.fault({ kind: 'delay', delayMs: 5000, method: 'GET', path: '/volume/*', forMs: 5000 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await reachesEdge(client, run, { step: 'create-instance', edge: 'done' });
    await control(`/instances/${project.instances[0]!.id}/name`, { name: 'mine' });
    await expect(run.result()).rejects.toMatchObject({ type: 'VolumeFailed', details: { left: [] } });

    expect(all(project)).toEqual([]);
  },
);

test.concurrent(
  'an instance that somebody stops while it is built fails the run, which says so',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'delay', delayMs: 5000, method: 'GET', path: '/instance/*', times: 2 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await during(run, () => project.instances.length === 1);
    await control(`/instances/${project.instances[0]!.id}/status`, { status: 'SHUTOFF' });
    await expect(run.result()).rejects.toMatchObject({
      type: 'InstanceFailed',
      message: expect.stringContaining('somebody stopped it'),
    });

    expect(all(project)).toEqual([]);
  },
);

test.concurrent('a success says what OVH says at its end', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(run, () => project.volumes[0]?.status === 'in-use');
  project.fault({ kind: 'delay', delayMs: 5000, method: 'GET', path: '/volume', times: 1 });
  await reachesEdge(client, run, { step: 'attach-volume-data', edge: 'done' });
  await control(`/volumes/${project.volumes[0]!.id}/status`, { status: 'available' });
  const node = await run.result();

  expect(node.volumes).toMatchObject([{ status: 'available' }]);
  expect(project.volumes).toMatchObject([{ status: 'available' }]);
});

test.concurrent('undo and destroy delete what they know by its id while a list cannot be had', async () => {
  const project = stack.project();
  await provision(project);
  const run = await stack.mooring.start('destroyNode', project.ref);
  await reachesEdge(client, run, { step: 'baseline', edge: 'done' });
  project.fault({ kind: 'status', status: 500, method: 'GET', path: '/volume', forMs: 5000 });
  await during(run, () => project.instances.length === 0 && project.volumes.length === 0);
  expect(project.calls.filter(({ status }) => status === 500).length).toBeGreaterThan(0);
  await run.result();
});

test.concurrent('an act that is asked for outside of a run of ours changes nothing', async () => {
  const project = stack.project();
  const theirs = stack.project();
  await provision(theirs);
  const before = theirs.snapshot();
  const { projectId } = theirs.credentials;
  const place = {
    project: theirs.alias,
    projectId,
    owner: 'tests',
    region: 'GRA11',
    node: 'web-9',
    mark: 'abcdefgh',
    runId: '',
    sign: 'abcdef',
  };
  const known = theirs.instances.map(({ id, name }) => ({ kind: 'instance', id, name }));
  const act = client.activity.execute('reduceTo', {
    id: `alone-${project.alias}`,
    taskQueue: stack.config.taskQueue,
    startToCloseTimeout: '30s',
    args: [{ place, known, goes: { which: 'named' }, detach: [], unclearSince: null }],
  });
  await expect(act).rejects.toMatchObject({ cause: { type: 'WasReset' } });

  expect(theirs.snapshot()).toBe(before);
});

test.concurrent('a run that is reset and cancelled leaves nothing, though clocks differ', async () => {
  const project = stack.project(await stack.anotherCloud({ clockSkewMs: 120_000 }));
  const { runId } = await building(project);
  const handle = client.workflow.getHandle(
    nodeWorkflowId(project.ref),
    await resetAfter(project, runId, 'preflight'),
  );
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Cancelled' } });

  expect(all(project)).toEqual([]);
});

/** A run that has made its instance and its volume, and waits for both. */
async function building(project: TestProject): Promise<{ runId: string }> {
  project.fault({ kind: 'delay', delayMs: 3000, method: 'GET', path: '/volume/*', times: 3 });
  project.fault({ kind: 'delay', delayMs: 3000, method: 'GET', path: '/instance/*', times: 3 });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await reachesEdge(client, run, { step: 'create-volume-data', edge: 'done' });
  await reachesEdge(client, run, { step: 'create-instance', edge: 'done' });
  return run;
}

test.concurrent.each([
  ['to a task in the middle, and cancelled at once', 'preflight', 'at once'],
  ['to a task in the middle, and cancelled before its new baseline', 'preflight', 'before its baseline'],
  ['to its very first task, and cancelled at once', undefined, 'at once'],
  ['to its very first task, and cancelled before its baseline', undefined, 'before its baseline'],
] as const)('a run that is reset while it builds %s leaves nothing', async (_, step, when) => {
  const project = stack.project();
  const { runId } = await building(project);
  // So that the cancel comes before the new baseline is there.
  if (when === 'before its baseline')
    project.fault({ kind: 'delay', delayMs: 5000, method: 'GET', path: '/instance', times: 2 });
  const handle = client.workflow.getHandle(
    nodeWorkflowId(project.ref),
    await resetAfter(project, runId, step),
  );
  if (when === 'before its baseline')
    await until(async () =>
      (await handle.describe()).raw.pendingActivities?.some(({ activityId }) => activityId === 'preflight'),
    );
  await handle.cancel();
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'Cancelled' } });

  expect(all(project)).toEqual([]);
});

test.concurrent(
  'a left-over volume that somebody attached to a machine of their own is not taken from it',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'status', status: 500, method: 'POST', path: '/instance', times: 20 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await during(run, () => project.volumes[0]?.status === 'available');
    await client.workflow.getHandle(nodeWorkflowId(project.ref), run.runId).terminate();
    await control('/instances', { projectId: project.credentials.projectId, name: 'rescue' });
    await until(() => project.instances.find(({ name }) => name === 'rescue')?.status === 'ACTIVE');
    const machine = project.instances.find(({ name }) => name === 'rescue')!;
    await project.somebody.volumes.attach(project.volumes[0]!.id, machine.id);
    await until(() => project.volumes[0]?.status === 'in-use');
    await until(async () => (await reap(project)).inProgress.length === 0);
    project.expects(...project.instances, ...project.volumes);
    expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [machine.id] }]);
  },
);

test.concurrent(
  'a volume that somebody deletes before it is attached fails the run, and nothing is left',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'status', status: 500, method: 'POST', path: '/volume/*/attach', times: 2 });
    project.fault({ kind: 'delay', delayMs: 1500, method: 'GET', path: '/instance/*', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await reachesEdge(client, run, { step: 'attach-volume-data', edge: 'begun' });
    const { origin } = new URL(stack.endpoint);
    const gone = await fetch(`${origin}/_simulator/volumes/${project.volumes[0]!.id}`, { method: 'DELETE' });
    expect(gone.ok).toBe(true);
    await expect(run.result()).rejects.toMatchObject({
      type: 'VolumeFailed',
      details: { left: [] },
    });

    expect(all(project)).toEqual([]);
  },
);
