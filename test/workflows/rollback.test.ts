import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { standing } from '../faults/standing.ts';
import { during, until } from '../support/until.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const provision = (project: TestProject, overrides = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec(overrides));

const refusals: [name: string, type: string, step: string, fault: Fault][] = [
  [
    'the volume is refused',
    'OvhRejected',
    'create-volume-data',
    { kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 },
  ],
  [
    'the attach is refused',
    'OvhRejected',
    'attach-volume-data',
    { kind: 'status', status: 400, method: 'POST', path: '/volume/*/attach', times: 9 },
  ],
  [
    'the instance ends in ERROR',
    'InstanceFailed',
    'await-instance',
    { kind: 'instance-error', method: 'POST', path: '/instance', times: 1 },
  ],
  [
    'the volume ends in error',
    'VolumeFailed',
    'await-volume-data',
    { kind: 'volume-error', method: 'POST', path: '/volume', times: 1 },
  ],
];

describe.concurrent('when OVH refuses, what this run made is deleted again', () => {
  test.concurrent.each(refusals)('%s', async (_, type, step, fault) => {
    const project = stack.project();
    project.fault(fault);
    const run = await provision(project);

    await expect(run.result()).rejects.toMatchObject({ type, details: { step, left: [], spared: [] } });
    expect(project.instances).toEqual([]);
    expect(project.volumes).toEqual([]);
  });
});

test.concurrent('what was there before stays as it was', async () => {
  const project = stack.project();
  await (await provision(project, { volumes: [{ name: 'old', size: 10 }] })).result();
  const before = project.snapshot();
  project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume/*/attach', times: 9 });
  const more = {
    volumes: [
      { name: 'old', size: 10 },
      { name: 'new', size: 10 },
    ],
  };
  const run = await provision(project, more);

  await expect(run.result()).rejects.toMatchObject({ type: 'OvhRejected', details: { left: [] } });
  expect(project.snapshot()).toBe(before);
});

test.concurrent('keeps what it made when the spec says so, and lists it', async () => {
  const project = stack.project();
  project.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
  const run = await provision(project, { run: { onFailure: 'keep' } });
  const failure = await run.result().catch((error: unknown) => error);

  expect(failure).toMatchObject({ type: 'VolumeFailed', details: { undone: [] } });
  const { left } = (failure as { details: { left: { id: string }[] } }).details;
  const there = [...project.instances, ...project.volumes].map(({ id }) => id);
  expect(left.map(({ id }) => id).toSorted()).toEqual(there.toSorted());
});

describe.concurrent('a cancel leaves nothing, whenever it comes', () => {
  const asked = (project: TestProject, call: RegExp) => project.changes.some((change) => call.test(change));
  const moments: [when: string, isSo: (project: TestProject) => boolean][] = [
    ['at once', () => true],
    ['once the instance is asked for', (project) => asked(project, /^POST \/instance$/)],
    ['once the volume is asked for', (project) => asked(project, /^POST \/volume$/)],
    ['once the volume is there', ({ volumes }) => volumes[0]?.status === 'available'],
    ['once the instance is there', ({ instances }) => instances[0]?.status === 'ACTIVE'],
    ['once the attachment is asked for', ({ volumes }) => /attaching|in-use/.test(volumes[0]?.status ?? '')],
  ];
  test.concurrent.each(moments)('%s', async (_, isSo) => {
    const project = stack.project();
    // So that no moment is the run's last one.
    const path = '/volume/*/attach';
    project.fault({ kind: 'hang-after', delayMs: 2000, method: 'POST', path, times: 1 });
    const run = await provision(project);
    await during(run, () => isSo(project));
    await run.cancel();
    const ended = await run.result().catch((error: unknown) => error);

    expect(ended).toMatchObject({ type: 'Cancelled', details: { left: [], spared: [] } });
    expect(project.instances).toEqual([]);
    expect(project.volumes).toEqual([]);
  });

  test.concurrent('while an attach that takes long is waited for in a step of its own', async () => {
    const project = stack.project(await stack.anotherCloud({ attachMs: 600_000 }));
    const run = await provision(project);
    await during(run, async () =>
      (await run.progress()).steps.some(({ step }) => step === 'await-attach-data'),
    );
    await run.cancel();
    const ended = await run.result().catch((error: unknown) => error);

    expect(ended).toMatchObject({ type: 'Cancelled', details: { step: 'await-attach-data', left: [] } });
    expect([...project.instances, ...project.volumes]).toEqual([]);
  });
});

test.concurrent(
  'a cancel while the answer of the POST is on its way waits for the id, and deletes it',
  async () => {
    const project = stack.project();
    project.fault({ kind: 'delay', delayMs: 4000, method: 'POST', path: '/instance', times: 1 });
    const run = await provision(project);
    await during(run, () => project.changes.includes('POST /volume'));
    await run.cancel();

    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
    const posted = () =>
      project.calls.find((call) => call.method === 'POST' && call.path.endsWith('/instance'));
    await until(posted, (call) => call?.status === 200);
    expect(project.instances).toEqual([]);
    expect(project.volumes).toEqual([]);
  },
);

test.concurrent(
  'an undo waits for what OVH may still be making of a request whose answer was lost',
  async () => {
    const late = await Stack.start({ settleMs: 4000 });
    const project = late.project();
    project.fault({ kind: 'late', delayMs: 2500, method: 'POST', path: '/instance', times: 1 });
    project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
    const run = await late.mooring.start('provisionNodeWithVolume', project.spec());

    await expect(run.result()).rejects.toMatchObject({ type: 'OvhRejected', details: { left: [] } });
    expect(project.changes.filter((change) => change.startsWith('DELETE /instance'))).toHaveLength(1);
    expect(project.instances).toEqual([]);
    await late.stop();
  },
);

test.concurrent(
  'an undo takes back what OVH attaches later, of a request whose answer was lost',
  async () => {
    const late = await Stack.start({ settleMs: 4000 });
    const project = late.project();
    const stood = await standing(late, project, ['instance', 'volume']);
    project.fault({ kind: 'late', delayMs: 2500, method: 'POST', path: '/volume/*/attach', times: 1 });
    const spec = project.spec({ volumes: [{ name: 'old', size: 10 }] });
    const run = await late.mooring.start('provisionNodeWithVolume', spec);
    await during(run, () => project.changes.some((change) => change.endsWith('/attach')));
    await run.cancel();
    const ended = run.result().catch((error: unknown) => error);

    await until(() => project.volumes.some(({ attachedTo }) => attachedTo.length > 0));
    expect(await ended).toMatchObject({ type: 'Cancelled', details: { left: [] } });
    expect(stood.changed()).toBeUndefined();
    await late.stop();
  },
);

test.concurrent('an undo finds the twin of what lists do not show yet', async () => {
  const lagging = await Stack.start({ simulator: { listLagMs: 3000 }, settleMs: 4000 });
  const project = lagging.project();
  project.fault({ kind: 'duplicate', method: 'POST', path: '/instance', times: 1 });
  project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
  const run = await lagging.mooring.start('provisionNodeWithVolume', project.spec());

  await expect(run.result()).rejects.toMatchObject({
    type: 'OvhRejected',
    details: { left: [], undone: [{ kind: 'instance' }, { kind: 'instance' }] },
  });
  expect(project.instances).toEqual([]);
  await lagging.stop();
});

test.concurrent(
  'an undo is over as soon as OVH has deleted what it made, however long lists may hide a twin',
  async () => {
    const settleMs = 200_000;
    const lagging = await Stack.start({ simulator: { listLagMs: 500 }, settleMs });
    const project = lagging.project();
    project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
    const run = await lagging.mooring.start('provisionNodeWithVolume', project.spec());

    await expect(run.result()).rejects.toMatchObject({
      type: 'OvhRejected',
      details: { left: [], undone: [{ kind: 'instance' }] },
    });
    expect(project.instances).toEqual([]);
    const { elapsedMs } = await run.progress();
    expect(elapsedMs).toBeLessThan(settleMs / 4);
    await lagging.stop();
  },
);

test.concurrent('one 404 does not end an undo or a destroy of what lists show alive', async () => {
  const project = stack.project();
  const deleted = () => project.calls.filter(({ method }) => method === 'DELETE').length;
  const lie = async (run: Parameters<typeof during>[0], before: number) => {
    await during(run, () => deleted() > before);
    project.fault({ kind: 'status', status: 404, method: 'GET', path: '/instance/*', times: 1 });
  };
  const refuseDelete = () =>
    project.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/instance/*', times: 1 });
  project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
  project.fault({ kind: 'delay', delayMs: 1500, method: 'POST', path: '/volume', times: 1 });
  refuseDelete();
  const failed = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await lie(failed, 0);
  await expect(failed.result()).rejects.toMatchObject({ type: 'OvhRejected', details: { left: [] } });
  expect(project.instances).toEqual([]);

  await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  refuseDelete();
  const destroyed = await stack.mooring.start('destroyNode', project.ref);
  await lie(destroyed, deleted());
  await destroyed.result();
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});

test.concurrent('an undo that OVH resists goes on until it is done', async () => {
  const project = stack.project();
  project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
  project.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/**', times: 5 });
  const run = await provision(project);

  await expect(run.result()).rejects.toMatchObject({ type: 'InstanceFailed', details: { left: [] } });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});
