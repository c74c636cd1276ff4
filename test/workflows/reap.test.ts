import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import {
  instanceWireName,
  markOf,
  volumeDescription,
  volumeWireName,
  signOf,
} from '../../src/identity/mark.ts';
import type { ReapResult } from '../../src/contract/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start();
  client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
});
afterAll(async () => {
  await client.connection.close();
  await stack.stop();
});

const reap = (project: TestProject, apply: boolean): Promise<ReapResult> =>
  client.workflow.execute('reap', {
    workflowId: `reap-${project.alias}-${Math.random()}`,
    taskQueue: stack.config.taskQueue,
    args: [{ project: project.alias, apply, olderThan: '1s' }],
  });

/** Somebody, or OVH late, makes an instance, or a volume with that description, under a name of their own. */
async function appears(project: TestProject, name: string, by: { volume?: string } = {}): Promise<string> {
  const { projectId } = project.credentials;
  const thing = by.volume === undefined ? { name } : { name, description: by.volume };
  const path = by.volume === undefined ? 'instances' : 'volumes';
  const made = await fetch(`${new URL(stack.endpoint).origin}/_simulator/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ projectId, region: 'GRA11', ...thing }),
  });
  // Older than the second that these reaps ask for.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  return ((await made.json()) as { id: string }).id;
}

const nameOf = (project: TestProject, node: string) =>
  instanceWireName({
    node,
    mark: markOf({ owner: 'tests', projectId: project.credentials.projectId, region: 'GRA11' }, node),
    sign: signOf('a run that Temporal has forgotten'),
  });
const ids = (things: { id: string }[]) => things.map(({ id }) => id).toSorted();

test.concurrent('what nobody wants is named, and deleted when asked; the node beside it stays', async () => {
  const project = stack.project();
  const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  const late = await appears(project, node.instance.name);
  const dry = await reap(project, false);

  expect(ids(dry.leftOver)).toEqual([late]);
  expect(ids(dry.wanted)).toEqual([node.instance.id, String(node.volumes[0]?.id)].toSorted());
  expect(project.instances).toHaveLength(2);

  await reap(project, true);
  expect(ids(project.instances)).toEqual([node.instance.id]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
});

test.concurrent(
  'a region that does not list its floating IPs keeps no other from being reaped, and what they may come in at',
  async () => {
    const cloud = await stack.anotherCloud({});
    const project = stack.project(cloud);
    const inside = { networks: [{ network: 'private', floatingIp: true as const }] };
    const elsewhere = { region: 'SBG5' };
    for (const overrides of [inside, elsewhere]) {
      const run = await stack.mooring.start('provisionNodeWithVolume', project.spec(overrides));
      const { region } = project.spec(overrides);
      const volume = () => project.volumes.find((each) => each.region === region);
      await during(
        run,
        () => volume()?.status === 'in-use' && (region === 'SBG5' || project.floatingIps[0]?.at),
      );
      await client.workflow.getHandle(run.workflowId).terminate();
    }
    const path = '/region/GRA11/floatingip';
    project.fault({ kind: 'status', status: 503, method: 'GET', path, times: 1000 });
    const all = () => [...project.instances, ...project.volumes, ...project.floatingIps];
    const stays = ids(all().filter(({ region }) => region === 'GRA11'));
    const told = await until(async () => {
      const { inProgress } = await reap(project, true);
      return all().length === stays.length && inProgress;
    });

    expect(ids(all())).toEqual(stays);
    expect(told).toMatchObject([
      {
        kind: 'instance',
        node: { region: 'GRA11' },
        reason: expect.stringMatching(/^OVH does not say what comes in at it: /),
      },
    ]);
    cloud.simulator.clearFaults();
    await until(async () => (await reap(project, true)) && all().length === 0);
  },
);

test.concurrent(
  'what OVH applies later than the settle window is one too many until the next reap',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'late', delayMs: 30_000, method: 'POST', path: '/instance', times: 1 });
    const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
    await until(() => project.instances.length === 2);
    await until(async () => (await reap(project, true)).leftOver.length > 0);

    expect(ids(project.instances)).toEqual([node.instance.id]);
    expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
  },
);

test.concurrent(
  'a left-over volume that somebody attached to the delivered instance is not taken from it',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
    const failed = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await expect(failed.result()).rejects.toMatchObject({ type: 'OvhRejected' });
    const { projectId } = project.credentials;
    const mark = markOf({ owner: 'tests', projectId, region: 'GRA11' }, 'web-1');
    const late = volumeWireName({ node: 'web-1', mark, sign: signOf(failed.runId) }, 'data');
    const volume = await appears(project, late, {
      volume: volumeDescription('tests', 'web-1', 'data', 'delete'),
    });
    const delivered = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes: [] }));
    const { instance } = await delivered.result();
    await project.somebody.volumes.attach(volume, instance.id);
    await until(() => project.volumes[0]?.status === 'in-use');
    const told = { ...project.ref, ids: [volume], olderThan: '1s' };
    const { unknown, leftOver } = await reap(project, true);
    await client.workflow.execute('reapNode', {
      workflowId: `node.${project.alias}.GRA11.web-1`,
      taskQueue: stack.config.taskQueue,
      args: [told],
    });

    project.expects({ id: volume });
    expect(project.volumes).toMatchObject([{ id: volume, status: 'in-use', attachedTo: [instance.id] }]);
    expect(leftOver).toEqual([]);
    expect(unknown).toMatchObject([{ id: volume, reason: `instance ${instance.id} has it` }]);
  },
);

test.concurrent('what a failed run was told to keep is never deleted unnamed', async ({ expect }) => {
  const project = stack.project();
  project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
  project.fault({ kind: 'delay', delayMs: 1500, method: 'POST', path: '/volume', times: 1 });
  const spec = project.spec({ run: { onFailure: 'keep' } });
  const run = await stack.mooring.start('provisionNodeWithVolume', spec);
  await expect(run.result()).rejects.toMatchObject({ details: { left: [{ kind: 'instance' }] } });
  const [kept] = project.instances;
  await expect
    .poll(async () => (await reap(project, true)).unknown)
    .toMatchObject([{ id: kept?.id, reason: expect.stringContaining('was told to keep it') }]);
  expect(ids(project.instances)).toEqual([kept?.id]);
});

test.concurrent('what a destroy kept is wanted', async () => {
  const project = stack.project();
  const volumes = [{ name: 'data', size: 10, onDestroy: 'keep' as const }];
  await (await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes }))).result();
  const { kept } = await (await stack.mooring.start('destroyNode', project.ref)).result();
  // Older than the second that these reaps ask for.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const result = await reap(project, true);

  expect(ids(result.wanted)).toEqual(ids(kept));
  expect(ids(project.volumes)).toEqual(ids(kept));
});

test.concurrent(
  'what Temporal remembers nothing of is unknown, what does not verify is nothing to us; neither is touched',
  async () => {
    const project = stack.project();
    const unknown = await appears(project, nameOf(project, 'forgotten'));
    const foreign = await appears(project, 'web-1-abcdefgh');
    project.expects({ id: unknown });
    const result = await reap(project, true);

    expect(ids(result.unknown)).toEqual([unknown]);
    expect(result.leftOver).toEqual([]);
    expect(ids(project.instances)).toEqual([unknown, foreign].toSorted());
  },
);

test.concurrent(
  "a wrong mark, and another owner's things, are never touched, not even beside our own node and by their ids",
  async () => {
    const project = stack.project();
    const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
    const { projectId } = project.credentials;
    const theirs = markOf({ owner: 'somebody-else', projectId, region: 'GRA11' }, 'web-1');
    const elsewhere = markOf({ owner: 'tests', projectId, region: 'SBG5' }, 'web-1');
    const wrong = [theirs, elsewhere, 'abcdefgh'].map((mark) => ({
      node: 'web-1',
      mark,
      sign: signOf('somebody'),
    }));
    const foreign: string[] = [];
    for (const place of wrong) {
      foreign.push(await appears(project, instanceWireName(place)));
      // The description is what anybody can write: the name decides.
      const owner = place.mark === theirs ? 'somebody-else' : 'tests';
      const description = volumeDescription(owner, 'web-1', 'data', 'delete');
      foreign.push(await appears(project, volumeWireName(place, 'data'), { volume: description }));
    }
    const late = await appears(project, node.instance.name);
    const untouched = () =>
      [project.instances, project.volumes]
        .flat()
        .filter(({ id }) => id !== late)
        .map(({ id, name, status }) => `${id} ${name} ${status}`);
    const calls = project.changes.length;
    const before = untouched();

    const dry = await reap(project, false);
    expect(ids(dry.leftOver)).toEqual([late]);
    const named = ids(Object.values(dry).flat());
    expect(foreign.filter((id) => named.includes(id))).toEqual([]);
    await reap(project, true);
    expect(untouched()).toEqual(before);
    expect(ids(project.instances)).not.toContain(late);

    // It looks again under the node's id, whatever it was told: nothing of this is left over.
    const wanted = [node.instance.id, ...node.volumes.map(({ id }) => id)];
    const told = [...wanted, ...foreign];
    const { deleted } = await client.workflow.execute('reapNode', {
      workflowId: `node.${project.alias}.GRA11.web-1`,
      taskQueue: stack.config.taskQueue,
      args: [{ ...project.ref, ids: told, olderThan: '1s' }],
    });
    expect(deleted).toEqual([]);
    expect(untouched()).toEqual(before);
    expect(project.changes.slice(calls)).toEqual([`DELETE /instance/${late}`]);
  },
);

test.concurrent('nothing is touched beside an operation that runs', async () => {
  const project = stack.project();
  project.fault({ kind: 'delay', delayMs: 5000, method: 'POST', path: '/volume/*/attach', times: 1 });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(run, () => project.instances.length === 1);
  const result = await reap(project, true);

  expect(result.leftOver).toEqual([]);
  expect(result.inProgress.length).toBeGreaterThan(0);
  await run.result();
  expect(project.instances).toHaveLength(1);
});

/* These change what all share, the simulator's faults and the clock: they run alone. */

test('a node that resists, or whose reap ends badly, keeps no other from being reaped', async () => {
  const project = stack.project();
  const names = ['web-1', 'web-2', 'web-3'];
  const late: string[] = [];
  for (const name of names) {
    const spec = project.spec({ name, volumes: [] });
    const node = await (await stack.mooring.start('provisionNodeWithVolume', spec)).result();
    late.push(await appears(project, node.instance.name));
  }
  const [resists, ends, goes] = late as [string, string, string];
  for (const id of [resists, ends])
    project.fault({ kind: 'status', status: 500, method: 'DELETE', path: `/instance/${id}`, times: 1000 });

  const reaped = reap(project, true).catch((error: unknown) => error);
  const refused = () => [resists, ends].every((id) => project.changes.includes(`DELETE /instance/${id}`));
  await until(() => refused() && !ids(project.instances).includes(goes));
  expect(ids(project.instances)).toEqual(expect.arrayContaining([resists, ends]));
  const runs = names.map((name) => client.workflow.getHandle(`node.${project.alias}.GRA11.${name}`));
  await runs[1]?.terminate();
  stack.simulator.clearFaults();
  expect(await reaped).toMatchObject({ name: 'WorkflowFailedError' });
  await expect(runs[0]?.result()).resolves.toMatchObject({ deleted: [{ id: resists }] });
  expect(ids(project.instances)).not.toContain(resists);
  // Its worker may not have heard yet that the run was terminated, and deletes it.
  project.expects({ id: ends });
});

test('what a closed run made, older than what Temporal retains, is unknown: a later run may be forgotten', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes: [] }));
  await during(run, () => project.instances.length === 1);
  await client.workflow.getHandle(run.workflowId).terminate();
  const made = ids(project.instances);
  await until(async () => ids((await reap(project, false)).leftOver).join() === made.join());
  const now = Date.now.bind(Date);
  const later = vi.spyOn(Date, 'now').mockImplementation(() => now() + 30 * 24 * 3_600_000);
  const { leftOver, unknown } = await reap(project, true).finally(() => later.mockRestore());

  expect(ids(project.instances)).toEqual(made);
  expect(leftOver).toEqual([]);
  expect(unknown).toMatchObject([{ id: made[0], reason: expect.stringContaining('may have forgotten') }]);
  await reap(project, true);
  expect(ids(project.instances)).toEqual([]);
});
