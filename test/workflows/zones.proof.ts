import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/simulator/index.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during } from '../support/until.ts';

/*
 * In regions of several zones only OVH's regional call makes volumes, and it answers with an operation: an order that
 * OVH has taken. Whatever happens to it, afterwards there is exactly one of everything, or nothing.
 */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const zone = 'eu-west-par-b';
const paris = { region: 'EU-WEST-PAR', availabilityZone: zone };
const provision = (project: TestProject, overrides = {}) =>
  stack.mooring.start('provisionNodeWithVolume', project.spec({ ...paris, ...overrides }));

test.concurrent('the instance and its volumes are made in the zone that was asked for', async () => {
  const project = stack.project();
  const volumes = [
    { name: 'data', size: 20 },
    { name: 'logs', size: 10, type: 'classic' as const },
  ];
  const node = await (await provision(project, { volumes })).result();

  expect(project.instances).toMatchObject([{ region: 'EU-WEST-PAR', availabilityZone: zone }]);
  expect(project.volumes).toHaveLength(2);
  for (const volume of project.volumes)
    expect(volume).toMatchObject({
      availabilityZone: zone,
      status: 'in-use',
      attachedTo: [node.instance.id],
    });
  expect(node.instance.availabilityZone).toBe(zone);
  expect(project.changes.filter((change) => change === 'POST /region/EU-WEST-PAR/volume')).toHaveLength(2);

  const again = await (await provision(project, { volumes })).result();
  expect(again).toMatchObject({ outcome: 'adopted', instance: { id: node.instance.id } });
});

test.concurrent('a node in another zone differs, and is left alone', async () => {
  const project = stack.project();
  await (await provision(project)).result();
  const before = project.snapshot();

  await expect(
    (await provision(project, { availabilityZone: 'eu-west-par-a' })).result(),
  ).rejects.toMatchObject({
    type: 'NodeDiffers',
    message: expect.stringContaining(`availabilityZone is ${zone}, not eu-west-par-a`),
  });
  expect(project.snapshot()).toBe(before);
});

test.concurrent.each([
  ['no zone', { availabilityZone: null }, 'EU-WEST-PAR has several zones; name one as availabilityZone'],
  [
    'an unknown zone',
    { availabilityZone: 'eu-west-par-z' },
    'zone "eu-west-par-z" is not in EU-WEST-PAR; nearest',
  ],
  [
    'a zone where there is one only',
    { region: 'GRA11', availabilityZone: 'nova-2' },
    'GRA11 has one zone only',
  ],
])('%s is refused before anything is made', async (_, overrides, sentence) => {
  const project = stack.project();
  await expect((await provision(project, overrides)).result()).rejects.toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringContaining(sentence),
  });
  expect(project.changes).toEqual([]);
});

const lost: Record<string, Omit<Fault, 'method' | 'path' | 'times'>> = {
  'the connection is reset before': { kind: 'reset-before' },
  'the answer is lost': { kind: 'reset-after' },
  '504 after': { kind: 'status-after', status: 504 },
  'truncated JSON': { kind: 'malformed' },
};

describe('POST /region/EU-WEST-PAR/volume', () => {
  test.concurrent.each(Object.entries(lost))('%s: there is one volume', async (_, fault) => {
    const project = stack.project();
    project.fault({ ...fault, method: 'POST', path: '/region/*/volume', times: 1 });
    const node = await (await provision(project)).result();

    expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
    expect(project.instances).toHaveLength(1);
  });
});

test.concurrent(
  'an answer that was lost while OVH takes longer than the settle window: no second order is placed',
  async () => {
    const slow = await Stack.start({ simulator: { operationMs: 3000 }, settleMs: 1000 });
    const project = slow.project();
    project.fault({ kind: 'reset-after', method: 'POST', path: '/region/*/volume', times: 1 });
    const node = await (await slow.mooring.start('provisionNodeWithVolume', project.spec(paris))).result();
    await slow.stop();

    expect(project.volumes.map(({ id }) => id)).toEqual(node.volumes.map(({ id }) => id));
    expect(project.changes.filter((change) => change.endsWith('/region/EU-WEST-PAR/volume'))).toHaveLength(1);
  },
);

test.concurrent.each([
  ['its answer was lost', { kind: 'reset-after' } as const],
  ['its answer came', undefined],
])('a cancel while OVH works on an operation leaves nothing, when %s', async (_, fault) => {
  const slow = await Stack.start({ simulator: { operationMs: 3000 }, settleMs: 1000 });
  const project = slow.project();
  if (fault) project.fault({ ...fault, method: 'POST', path: '/region/*/volume', times: 1 });
  const run = await slow.mooring.start('provisionNodeWithVolume', project.spec(paris));
  await during(run, () => project.changes.some((change) => change.endsWith('/region/EU-WEST-PAR/volume')));
  await run.cancel();
  const failure = await run.result().catch((error: unknown) => error);
  // What OVH is still about to make would show by then.
  const { operations } = slow.simulator.state(project.credentials.projectId);
  await slow.stop();

  expect(failure).toMatchObject({ type: 'Cancelled', details: { left: [] } });
  expect([...project.instances, ...project.volumes]).toEqual([]);
  expect(operations.map(({ status }) => status)).toEqual(['completed']);
});

test.concurrent('an operation that fails rolls the node back', async () => {
  const project = stack.project();
  project.fault({ kind: 'volume-error', method: 'POST', path: '/region/*/volume', times: 1 });

  await expect((await provision(project)).result()).rejects.toMatchObject({
    type: 'VolumeFailed',
    details: { left: [] },
  });
  expect([...project.instances, ...project.volumes]).toEqual([]);
});

test.concurrent('destroying it leaves nothing', async () => {
  const project = stack.project();
  await (await provision(project)).result();
  await (await stack.mooring.start('destroyNode', { ...project.ref, region: 'EU-WEST-PAR' })).result();
  expect([...project.instances, ...project.volumes]).toEqual([]);
});
