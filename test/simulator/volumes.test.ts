import { expect, test } from 'vitest';
import { createBench } from './support.ts';

test('a volume is created, attached, detached and deleted, a while after each request', async () => {
  const { ok, clock, caller, activeInstance } = createBench();
  const { id: instanceId } = await activeInstance();
  const volume = await ok('POST', '/volume', {
    region: 'GRA11',
    size: 20,
    type: 'high-speed',
    description: 'd',
  });
  expect(volume).toMatchObject({ status: 'creating', attachedTo: [], size: 20, name: '', description: 'd' });
  const show = async () => {
    const { status, attachedTo } = await ok('GET', `/volume/${volume.id}`);
    return [status, ...attachedTo];
  };
  clock.advance(1000);
  expect(await show()).toEqual(['available']);
  expect(await ok('POST', `/volume/${volume.id}/attach`, { instanceId })).toMatchObject({
    status: 'attaching',
  });
  expect(await show()).toEqual(['attaching']);
  clock.advance(800);
  expect(await show()).toEqual(['in-use', instanceId]);
  await ok('POST', `/volume/${volume.id}/detach`, { instanceId });
  expect(await show()).toEqual(['detaching', instanceId]);
  clock.advance(800);
  expect(await show()).toEqual(['available']);
  await ok('DELETE', `/volume/${volume.id}`);
  expect(await show()).toEqual(['deleting']);
  clock.advance(800);
  expect((await caller.project('GET', `/volume/${volume.id}`)).status).toBe(404);
  expect((await caller.project('DELETE', `/volume/${volume.id}`)).status).toBe(404);
});

test.each(['400', '409'] as const)(
  'a busy volume is not deleted: deleteBusyVolume=%s',
  async (deleteBusyVolume) => {
    const { ok, clock, caller, activeInstance } = createBench({ switches: { deleteBusyVolume } });
    const { id: instanceId } = await activeInstance();
    const { id } = await ok('POST', '/volume', { region: 'GRA11', size: 10, type: 'classic' });
    const refused = async () =>
      expect(await caller.project('DELETE', `/volume/${id}`)).toMatchObject({
        status: Number(deleteBusyVolume),
        body: { message: `Volume ${id} is still attached, detach volume first.` },
      });
    await refused();
    clock.advance(1000);
    await ok('POST', `/volume/${id}/attach`, { instanceId });
    await refused();
    clock.advance(800);
    await refused();
    await ok('POST', `/volume/${id}/detach`, { instanceId });
    await refused();
  },
);

test('an instance that goes leaves its volumes behind, free once it is gone', async () => {
  const { ok, clock, caller, activeInstance, availableVolume } = createBench();
  const volumes = [await availableVolume(), await availableVolume()];
  const { id: instanceId } = await activeInstance();
  await ok('POST', `/volume/${volumes[0].id}/attach`, { instanceId });
  clock.advance(800);
  await ok('POST', `/volume/${volumes[1].id}/attach`, { instanceId });
  clock.advance(400);
  await ok('DELETE', `/instance/${instanceId}`);
  clock.advance(799);
  const statuses = async () => (await ok('GET', '/volume')).map((each: any) => each.status);
  expect(await statuses()).toEqual(['in-use', 'in-use']);
  expect((await caller.project('POST', `/volume/${volumes[0].id}/detach`, { instanceId })).status).toBe(409);
  clock.advance(1);
  expect(await statuses()).toEqual(['available', 'available']);
});

test.each([
  ['409', 409],
  ['400', 400],
  ['ok', 200],
] as const)('attaching again: attachAgain=%s', async (attachAgain, status) => {
  const { ok, clock, caller, activeInstance, availableVolume } = createBench({ switches: { attachAgain } });
  const { id } = await availableVolume();
  const { id: instanceId } = await activeInstance();
  const attach = () => caller.project('POST', `/volume/${id}/attach`, { instanceId });
  await ok('POST', `/volume/${id}/attach`, { instanceId });
  expect((await attach()).status).toBe(status);
  clock.advance(800);
  expect((await attach()).status).toBe(status);
  const { id: another } = await activeInstance();
  expect(
    (await caller.project('POST', `/volume/${id}/attach`, { instanceId: another })).status,
  ).toBeGreaterThan(399);
});

test('attaches to an ACTIVE instance of the same region, and to nothing else', async () => {
  const { ok, clock, caller, availableVolume, wanted } = createBench();
  const { id } = await availableVolume();
  const attach = async (instanceId: string) =>
    (await caller.project('POST', `/volume/${id}/attach`, { instanceId })).status;
  const { id: here } = await ok('POST', '/instance', await wanted());
  const { id: elsewhere } = await ok('POST', '/instance', await wanted({}, 'SBG5'));
  expect(await attach(here)).toBe(409);
  clock.advance(3000);
  expect(await attach(elsewhere)).toBe(400);
  expect(await attach('nowhere')).toBe(404);
  expect(await attach(here)).toBe(200);
});

test('grows, and never shrinks', async () => {
  const { ok, clock, caller, availableVolume } = createBench();
  const { id } = await availableVolume();
  expect((await caller.project('POST', `/volume/${id}/upsize`, { size: 10 })).status).toBe(400);
  expect(await ok('POST', `/volume/${id}/upsize`, { size: 30 })).toMatchObject({
    status: 'extending',
    size: 10,
  });
  clock.advance(1000);
  expect(await ok('GET', `/volume/${id}`)).toMatchObject({ status: 'available', size: 30 });
});

test.each([
  ['too small', { size: 9 }],
  ['too large', { size: 4001 }],
  ['in a region whose zone cannot be named here', { region: 'EU-WEST-PAR' }],
  ['to be shared where volumes cannot be', { type: 'classic-multiattach' }],
])('refuses a volume that is %s', async (_, overrides) => {
  const { caller } = createBench();
  const body = { region: 'GRA11', size: 10, type: 'classic', ...overrides };
  expect((await caller.project('POST', '/volume', body)).status).toBe(400);
});
