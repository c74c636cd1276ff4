import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import { instanceWireName, markOf } from '../../src/activities/mark.ts';
import type { ReapResult } from '../../src/contract/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';

let stack: Stack;
let client: Client;
beforeAll(async () => {
  stack = await Stack.start({ projects: 4 });
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

/** Somebody, or OVH late, makes an instance under a name of their own. */
async function appears(project: TestProject, name: string): Promise<string> {
  const before = new Set(project.instances.map(({ id }) => id));
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/instances`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ projectId: project.credentials.projectId, region: 'GRA11', name }),
  });
  const made = project.instances.find(({ id }) => !before.has(id));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  return made?.id ?? '';
}

const nameOf = (project: TestProject, node: string) =>
  instanceWireName({
    node,
    mark: markOf({ owner: 'tests', projectId: project.credentials.projectId, region: 'GRA11' }, node),
  });
const ids = (things: { id: string }[]) => things.map(({ id }) => id).toSorted();

test('what nobody wants is named, and deleted when asked; the node beside it stays', async () => {
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

test('what a destroy kept is wanted', async () => {
  const project = stack.project();
  const volumes = [{ name: 'data', size: 10, onDestroy: 'keep' as const }];
  await (await stack.mooring.start('provisionNodeWithVolume', project.spec({ volumes }))).result();
  const { kept } = await (await stack.mooring.start('destroyNode', project.ref)).result();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const result = await reap(project, true);

  expect(ids(result.wanted)).toEqual(ids(kept));
  expect(ids(project.volumes)).toEqual(ids(kept));
});

test('what Temporal remembers nothing of is unknown, what does not verify is nothing to us; neither is touched', async () => {
  const project = stack.project();
  const unknown = await appears(project, nameOf(project, 'forgotten'));
  const foreign = await appears(project, 'web-1-abcdefgh');
  const result = await reap(project, true);

  expect(ids(result.unknown)).toEqual([unknown]);
  expect(result.leftOver).toEqual([]);
  expect(ids(project.instances)).toEqual([unknown, foreign].toSorted());
});

test('nothing is touched beside an operation that runs', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await expect.poll(() => project.instances.length, { timeout: 10_000 }).toBe(1);
  const result = await reap(project, true);

  expect(result.leftOver).toEqual([]);
  expect(result.inProgress.length).toBeGreaterThan(0);
  await run.result();
  expect(project.instances).toHaveLength(1);
});
