import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NodeSpec } from '../../src/contract/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const provision = (project: TestProject, overrides: Partial<NodeSpec> = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec(overrides));
const refused = { kind: 'status', status: 400, method: 'POST', path: '/volume/*/attach', times: 9 } as const;

async function volumeBySomebody(project: TestProject, overrides = {}) {
  const ovh = project.somebody;
  const request = { region: 'GRA11', name: 'by hand', size: 30, type: 'classic', ...overrides };
  const { id } = await ovh.volumes.create(request);
  return until(
    async () => ovh.volumes.get(id),
    ({ status }) => status === 'available',
  );
}

describe.concurrent('a volume to boot from', () => {
  const bootVolume = { size: 50, type: 'high-speed' as const, image: 'Debian 12' };
  const boots = { image: null, bootVolume };

  test.concurrent('is made from the image, and the instance boots from it', async () => {
    const project = stack.project();
    const node = await (await provision(project, boots)).result();

    const boot = project.volumes.find(({ id }) => id === node.bootVolume?.id);
    expect(boot).toMatchObject({
      size: 50,
      bootable: true,
      status: 'in-use',
      attachedTo: [node.instance.id],
    });
    expect(boot?.name).toMatch(/^web-1-boot-[a-z2-7]{8}-[a-z2-7]{6}$/);
    expect(project.instances).toMatchObject([{ imageId: '', status: 'ACTIVE' }]);
    expect(node).toMatchObject({
      outcome: 'created',
      instance: { image: null },
      bootVolume: { name: 'boot', size: 50, status: 'in-use', outcome: 'created' },
      volumes: [{ name: 'data' }],
      ssh: { user: 'debian' },
    });
    const changes = project.changes.length;
    const again = await (await provision(project, boots)).result();
    expect(again).toMatchObject({ outcome: 'adopted', bootVolume: { id: boot?.id, outcome: 'adopted' } });
    expect(project.changes).toHaveLength(changes);
  });

  test.concurrent('is deleted again when the instance fails', async () => {
    const project = stack.project();
    project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
    await expect((await provision(project, boots)).result()).rejects.toMatchObject({
      type: 'InstanceFailed',
      details: { left: [] },
    });
    expect([...project.instances, ...project.volumes]).toEqual([]);
  });

  test.concurrent('goes with the node, or stays and is booted again', async () => {
    const project = stack.project();
    const keeping = { ...boots, bootVolume: { ...bootVolume, onDestroy: 'keep' as const }, volumes: [] };
    const first = await (await provision(project, keeping)).result();
    await (await stack.mooring.start('destroyNode', project.ref)).result();
    expect(project.instances).toEqual([]);
    expect(project.volumes).toMatchObject([{ id: first.bootVolume?.id, status: 'available' }]);

    const second = await (await provision(project, keeping)).result();
    expect(second).toMatchObject({ outcome: 'completed', bootVolume: { id: first.bootVolume?.id } });
    await (await stack.mooring.start('destroyNode', { ...project.ref, volumes: 'delete' })).result();
    expect([...project.instances, ...project.volumes]).toEqual([]);
  });

  test.concurrent('that differs is said', async () => {
    const project = stack.project();
    await (await provision(project, boots)).result();
    const larger = { ...boots, bootVolume: { ...bootVolume, size: 60 } };
    await expect((await provision(project, larger)).result()).rejects.toMatchObject({
      type: 'NodeDiffers',
      message: expect.stringContaining('bootVolume.size is 50 GiB, not 60 GiB'),
    });
  });

  test.concurrent('is not made for an instance that booted from an image', async () => {
    const project = stack.project();
    await (await provision(project)).result();
    const before = project.snapshot();
    await expect((await provision(project, boots)).result()).rejects.toMatchObject({
      type: 'NodeDiffers',
      message: expect.stringContaining('bootVolume is absent, not there'),
    });
    expect(project.snapshot()).toBe(before);
  });
});

describe.concurrent('a volume from a snapshot', () => {
  async function snapshotBySomebody(project: TestProject, name: string) {
    const ovh = project.somebody;
    const { id } = await volumeBySomebody(project);
    const snapshot = await ovh.volumes.snapshot(id, { name });
    return until(
      async () => ovh.volumeSnapshots.get(snapshot.id),
      ({ status }) => status === 'available',
    );
  }

  test.concurrent('is made from the newest snapshot of that name', async () => {
    const project = stack.project();
    await snapshotBySomebody(project, 'golden');
    // OVH's times have whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const newest = await snapshotBySomebody(project, 'golden');
    const volumes = [{ name: 'data', size: 40, fromSnapshot: 'golden' }];
    const node = await (await provision(project, { volumes })).result();

    const post = project.calls.find(
      ({ method, path }) => method === 'POST' && path.endsWith('/volume') && path.includes(project.path),
    );
    expect(node.volumes).toMatchObject([{ size: 40, status: 'in-use' }]);
    expect(post).toBeDefined();
    const made = project.volumes.find(({ id }) => id === node.volumes[0]?.id);
    expect(made).toMatchObject({ snapshotId: newest.id });
  });

  test.concurrent.each([
    ['that is larger', { size: 20, fromSnapshot: 'golden' }, 'volumes.data.size must be at least 30 GiB'],
    [
      'that is not there',
      { size: 40, fromSnapshot: 'goldem' },
      'volume snapshot "goldem" is not in GRA11; nearest: golden',
    ],
  ])('%s is refused before anything is made', async (_, volume, sentence) => {
    const project = stack.project();
    await snapshotBySomebody(project, 'golden');
    const before = project.snapshot();
    await expect(
      (await provision(project, { volumes: [{ name: 'data', ...volume }] })).result(),
    ).rejects.toMatchObject({ type: 'PreflightFailed', message: expect.stringContaining(sentence) });
    expect(project.snapshot()).toBe(before);
  });
});

describe.concurrent('a volume that exists', () => {
  test.concurrent('is attached, and stays when the node goes', async () => {
    const project = stack.project();
    const { id } = await volumeBySomebody(project);
    const volumes = [
      { name: 'archive', id },
      { name: 'data', size: 10 },
    ];
    const node = await (await provision(project, { volumes })).result();

    expect(project.volumes.find((volume) => volume.id === id)).toMatchObject({
      name: 'by hand',
      status: 'in-use',
      attachedTo: [node.instance.id],
    });
    expect(node.volumes).toMatchObject([
      { name: 'archive', id, size: 30, outcome: 'adopted' },
      { name: 'data' },
    ]);
    expect(await (await provision(project, { volumes })).result()).toMatchObject({ outcome: 'adopted' });

    const destroyed = await (
      await stack.mooring.start('destroyNode', { ...project.ref, volumes: 'delete' })
    ).result();
    expect(destroyed.deleted.map((gone) => gone.id)).not.toContain(id);
    expect(project.volumes).toMatchObject([{ id, name: 'by hand', status: 'available' }]);
  });

  test.concurrent('is as it was after a rollback', async () => {
    const project = stack.project();
    const { id } = await volumeBySomebody(project);
    const before = project.snapshot();
    project.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
    const volumes = [
      { name: 'archive', id },
      { name: 'data', size: 10 },
    ];
    await expect((await provision(project, { volumes })).result()).rejects.toMatchObject({
      type: 'VolumeFailed',
    });
    expect(project.snapshot()).toBe(before);
  });

  test.concurrent('is taken from an instance that stays, when the run that attached it fails', async () => {
    const project = stack.project();
    await (await provision(project, { volumes: [] })).result();
    const { id } = await volumeBySomebody(project);
    const before = project.snapshot();
    // The first attach succeeds, the second one is refused.
    const volumes = [
      { name: 'archive', id },
      { name: 'data', size: 10 },
    ];
    project.fault({ ...refused, after: 1 });
    await expect((await provision(project, { volumes })).result()).rejects.toMatchObject({
      type: 'OvhRejected',
    });
    expect(project.snapshot()).toBe(before);
  });

  test.concurrent('that another instance has is refused before anything is made', async () => {
    const project = stack.project();
    const { id } = await volumeBySomebody(project);
    const first = await (await provision(project, { volumes: [{ name: 'archive', id }] })).result();
    const before = project.snapshot();
    const second = await provision(project, { name: 'web-2', volumes: [{ name: 'archive', id }] });
    await expect(second.result()).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining(`is attached to instance ${first.instance.id}`),
    });
    expect(project.snapshot()).toBe(before);
  });

  test.concurrent('that belongs to a node is refused', async () => {
    const project = stack.project();
    const first = await (await provision(project)).result();
    const volumes = [{ name: 'archive', id: first.volumes[0]?.id ?? '' }];
    await expect((await provision(project, { name: 'web-2', volumes })).result()).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining('belongs to node web-1'),
    });
  });

  test.concurrent('that does not exist is refused', async () => {
    const project = stack.project();
    const volumes = [{ name: 'archive', id: '00000000-0000-4000-8000-000000000000' }];
    await expect((await provision(project, { volumes })).result()).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining('is not in GRA11'),
    });
    expect(project.changes).toEqual([]);
  });
});
