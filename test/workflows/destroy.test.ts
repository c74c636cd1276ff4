import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stack } from '../support/stack.ts';
import { during } from '../support/until.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

async function provisioned(overrides = {}) {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec(overrides));
  return { project, node: await run.result() };
}
const destroy = async (input: object) => (await stack.mooring.start('destroyNode', input as never)).result();

test.concurrent(
  'deletes the instance and its volumes, and returns once OVH says that they are gone',
  async () => {
    const { project, node } = await provisioned();
    const result = await destroy(project.ref);

    expect(project.instances).toEqual([]);
    expect(project.volumes).toEqual([]);
    expect(result).toMatchObject({ absent: false, kept: [] });
    expect(result.deleted.map(({ id }) => id).toSorted()).toEqual(
      [node.instance.id, String(node.volumes[0]?.id)].toSorted(),
    );
  },
);

test.concurrent('destroying what is not there is a success, and says so', async () => {
  const project = stack.project();
  await expect(destroy(project.ref)).resolves.toEqual({ deleted: [], kept: [], absent: true });
  expect(project.changes).toEqual([]);
});

test.concurrent('keeps or deletes all volumes when told to', async () => {
  const volumes = [
    { name: 'a', size: 10, onDestroy: 'keep' },
    { name: 'b', size: 10, onDestroy: 'delete' },
  ];
  const spec = await provisioned({ volumes });
  await destroy(spec.project.ref);
  expect(spec.project.volumes).toMatchObject([
    { id: spec.node.volumes[0]?.id, status: 'available', attachedTo: [] },
  ]);
  await destroy({ ...spec.project.ref, volumes: 'delete' });
  expect(spec.project.volumes).toEqual([]);

  const keep = await provisioned({ volumes });
  await destroy({ ...keep.project.ref, volumes: 'keep' });
  expect(keep.project.instances).toEqual([]);
  expect(keep.project.volumes.map(({ status }) => status)).toEqual(['available', 'available']);
});

test.concurrent('touches nothing when the instance is not the one that was meant', async () => {
  const { project } = await provisioned();
  const before = project.snapshot();

  await expect(destroy({ ...project.ref, ifInstanceId: 'another' })).rejects.toMatchObject({
    type: 'NodeDiffers',
  });
  expect(project.snapshot()).toBe(before);
});

test.concurrent('a cancel after the first DELETE does not stop it, however long it takes', async () => {
  const { project } = await provisioned();
  const [volume] = project.volumes;
  const isBecome = async (status: string) =>
    fetch(`${new URL(stack.endpoint).origin}/_simulator/volumes/${volume?.id}/status`, {
      method: 'POST',
      body: JSON.stringify({ status }),
    });
  await isBecome('detaching');
  const run = await stack.mooring.start('destroyNode', project.ref);
  await during(run, () => project.changes.some((change) => change.startsWith('DELETE')));
  await run.cancel();
  // A heartbeat later every activity that may be cancelled has heard of it.
  await sleep(12_000);
  await isBecome('available');

  await expect(run.result()).resolves.toMatchObject({ absent: false });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});

test.concurrent('a cancel before the first DELETE stops it, and touches nothing', async () => {
  const { project } = await provisioned();
  const before = project.snapshot();
  project.fault({ kind: 'delay', delayMs: 1500, method: 'GET', path: '/instance', times: 1 });
  const run = await stack.mooring.start('destroyNode', project.ref);
  await run.cancel();

  await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { undone: [], left: [] } });
  expect(project.snapshot()).toBe(before);
});

test.concurrent('what others have in the project is never touched', async () => {
  const { project, node } = await provisioned();
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/instances`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ projectId: project.credentials.projectId, region: 'GRA11', name: 'web-1' }),
  });
  await destroy({ ...project.ref, ifInstanceId: node.instance.id });

  expect(project.instances.map(({ name }) => name)).toEqual(['web-1']);
});

test.concurrent('a volume that a destroy would delete is not taken for one that shall be kept', async () => {
  const { project } = await provisioned();
  const before = project.snapshot();
  const [volume] = project.spec().volumes ?? [];
  const kept = project.spec({ volumes: [{ ...volume, name: 'data', onDestroy: 'keep' }] });
  await expect((await stack.mooring.start('provisionNodeWithVolume', kept)).result()).rejects.toMatchObject({
    type: 'NodeDiffers',
    message: expect.stringContaining('volumes.data.onDestroy is delete, not keep'),
  });
  expect(project.snapshot()).toBe(before);
});

test.concurrent('inspects a node, and says where it differs from a spec', async () => {
  const { project, node } = await provisioned();
  const inspect = async (input: object) =>
    (await stack.mooring.start('inspectNode', input as never)).result();

  await expect(inspect(project.ref)).resolves.toMatchObject({
    node: { instance: { id: node.instance.id } },
    differences: [],
  });
  const { differences } = await inspect(
    project.spec({ flavor: 'b3-16', volumes: [{ name: 'more', size: 10 }] }),
  );
  expect(differences).toEqual([
    { field: 'volumes.more', wanted: 'there', actual: 'absent' },
    { field: 'flavor', wanted: 'b3-16', actual: 'b3-8' },
  ]);
  const nowhere = await inspect({ ...project.ref, name: 'nobody' });
  expect(nowhere).toEqual({ node: null, differences: [] });
});

test.concurrent('lists the nodes of a project, and nothing that only looks like one', async () => {
  const { project, node } = await provisioned();
  const nodes = await stack.mooring.list({ project: project.alias });
  expect(nodes).toMatchObject([
    {
      project: project.alias,
      region: 'GRA11',
      name: 'web-1',
      instance: { id: node.instance.id },
      volumes: [{ name: 'data' }],
    },
  ]);
});
