import { expect, test } from 'vitest';
import { createBench } from './support.ts';

test('lists lie in the past: they hide what is new and go on showing what is gone', async () => {
  const { ok, clock, caller, simulator, wanted } = createBench({ listLagMs: 5000 });
  const { id } = await ok('POST', '/instance', await wanted());
  const listed = async () => (await ok('GET', '/instance')).map((each: any) => each.status);
  expect(await listed()).toEqual([]);
  expect(await ok('GET', `/instance/${id}`)).toMatchObject({ status: 'BUILD' });
  expect(simulator.state().instances).toMatchObject([{ id, hidden: true }]);
  clock.advance(5000);
  expect(await listed()).toEqual(['BUILD']);
  expect(await ok('GET', `/instance/${id}`)).toMatchObject({ status: 'ACTIVE' });
  clock.advance(3000);
  await ok('DELETE', `/instance/${id}`);
  clock.advance(800);
  expect((await caller.project('GET', `/instance/${id}`)).status).toBe(404);
  expect(await listed()).toEqual(['ACTIVE']);
  clock.advance(4200);
  expect(await listed()).toEqual(['DELETING']);
  clock.advance(800);
  expect(await listed()).toEqual([]);
});

test('says that what is gone is deleted: listDeleted=deleted', async () => {
  const { ok, clock, activeInstance, availableVolume } = createBench({
    listLagMs: 1000,
    switches: { listDeleted: 'deleted' },
  });
  const [{ id: volumeId }, { id: instanceId }] = [await availableVolume(), await activeInstance()];
  await ok('DELETE', `/instance/${instanceId}`);
  await ok('DELETE', `/volume/${volumeId}`);
  clock.advance(800);
  expect(await ok('GET', '/instance')).toMatchObject([{ id: instanceId, status: 'DELETED' }]);
  expect(await ok('GET', '/volume')).toMatchObject([{ id: volumeId, status: 'deleted' }]);
});

test('hides what is new from a look by id as well: detailLag=on', async () => {
  const { ok, clock, caller } = createBench({ listLagMs: 500, switches: { detailLag: 'on' } });
  const { id } = await ok('POST', '/volume', { region: 'GRA11', size: 10, type: 'classic' });
  expect((await caller.project('GET', `/volume/${id}`)).status).toBe(404);
  clock.advance(500);
  expect((await caller.project('GET', `/volume/${id}`)).status).toBe(200);
});

test('addresses may come after ACTIVE: addresses=after-active', async () => {
  const { ok, clock, activeInstance } = createBench({ switches: { addresses: 'after-active' } });
  const { id, ipAddresses } = await activeInstance();
  expect(ipAddresses).toEqual([]);
  clock.advance(1500);
  expect((await ok('GET', `/instance/${id}`)).ipAddresses).toHaveLength(2);
});

test.each([
  ['null', 200, 'null'],
  ['empty', 200, ''],
  ['204', 204, ''],
] as const)('says nothing in three ways: voidAnswer=%s', async (voidAnswer, status, text) => {
  const { caller, activeInstance } = createBench({ switches: { voidAnswer } });
  const { id } = await activeInstance();
  expect(await caller.project('DELETE', `/instance/${id}`)).toMatchObject({ status, text });
});

test.each([
  ['ok', 200],
  ['404', 404],
  ['409', 409],
] as const)('deleting again what is being deleted: deleteAgain=%s', async (deleteAgain, status) => {
  const { ok, caller, activeInstance } = createBench({ switches: { deleteAgain } });
  const { id } = await activeInstance();
  await ok('DELETE', `/instance/${id}`);
  expect((await caller.project('DELETE', `/instance/${id}`)).status).toBe(status);
});
