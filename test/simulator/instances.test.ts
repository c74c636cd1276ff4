import { expect, test } from 'vitest';
import { createBench } from './support.ts';

test('an instance is BUILD without addresses, then ACTIVE with them, then DELETING, then gone', async () => {
  const { ok, clock, caller, wanted } = createBench();
  const created = await ok('POST', '/instance', await wanted());
  expect(created).toMatchObject({ status: 'BUILD', ipAddresses: [], created: '2026-04-01T12:00:00Z' });
  clock.advance(2999);
  expect(await ok('GET', `/instance/${created.id}`)).toMatchObject({ status: 'BUILD', ipAddresses: [] });
  clock.advance(1);
  expect(await ok('GET', `/instance/${created.id}`)).toMatchObject({
    status: 'ACTIVE',
    ipAddresses: [
      { type: 'public', version: 4 },
      { type: 'public', version: 6 },
    ],
  });
  expect((await caller.project('DELETE', `/instance/${created.id}`)).text).toBe('null');
  expect(await ok('GET', `/instance/${created.id}`)).toMatchObject({ status: 'DELETING' });
  expect(await ok('GET', '/instance')).toMatchObject([{ status: 'DELETING' }]);
  clock.advance(800);
  expect((await caller.project('GET', `/instance/${created.id}`)).body).toMatchObject({
    class: 'Client::NotFound',
  });
  expect((await caller.project('DELETE', `/instance/${created.id}`)).status).toBe(404);
  expect(await ok('GET', '/instance')).toEqual([]);
});

test('boots may take differently long, and the state says until when', async () => {
  const { ok, clock, simulator, wanted } = createBench({ bootMs: 1000, bootSpreadMs: 4000 });
  const body = await wanted();
  for (let made = 0; made < 200; made += 1) await ok('POST', '/instance', body);
  const boots = simulator.state().instances.map(({ settledAt }) => settledAt - clock.now());
  expect(Math.min(...boots)).toBeGreaterThanOrEqual(1000);
  expect(Math.min(...boots)).toBeLessThan(1200);
  expect(Math.max(...boots)).toBeLessThan(5000);
  expect(Math.max(...boots)).toBeGreaterThan(4800);
  clock.advance(3000);
  for (const { settledAt, status } of simulator.state().instances)
    expect(status).toBe(settledAt <= clock.now() ? 'ACTIVE' : 'BUILD');
});

test('names are not unique: a second POST is a second machine', async () => {
  const { ok, wanted } = createBench();
  const body = await wanted();
  const ids = [(await ok('POST', '/instance', body)).id, (await ok('POST', '/instance', body)).id];
  expect(new Set(ids).size).toBe(2);
  expect(await ok('GET', '/instance')).toHaveLength(2);
});

test('a list shows ids, a look shows objects beside them', async () => {
  const { ok, activeInstance } = createBench();
  const { id, flavorId, imageId } = await activeInstance();
  expect(await ok('GET', '/instance')).toMatchObject([{ flavorId, imageId }]);
  expect(await ok('GET', `/instance/${id}`)).toMatchObject({
    flavorId,
    flavor: { id: flavorId, name: 'b3-8' },
    image: { id: imageId, user: 'debian' },
  });
});

test.each([
  ['ids', { flavorId: expect.any(String), flavor: null }],
  ['embedded', { flavor: { name: 'b3-8' } }],
] as const)('the switch instanceForm=%s changes what a look shows', async (instanceForm, shown) => {
  const { activeInstance } = createBench({ switches: { instanceForm } });
  const instance = await activeInstance();
  expect(instance).toMatchObject(shown);
  expect('flavorId' in instance).toBe(instanceForm === 'ids');
});

test('refuses an image that does not fit the flavor', async () => {
  const { ok, caller, wanted } = createBench();
  const windows = (await ok('GET', '/image?region=GRA11&osType=windows'))[0].id;
  expect(await caller.project('POST', '/instance', await wanted({ imageId: windows }))).toMatchObject({
    status: 400,
    body: { message: 'invalid: Image cannot be used with the chosen flavor' },
  });
});

test.each([
  ['a flavor of another region', { region: 'SBG5' }, 404],
  ['an image that does not exist', { imageId: 'none' }, 404],
  ['neither image nor volume', { imageId: null }, 400],
  ['a key that does not exist', { sshKeyId: 'none' }, 404],
  ['a network that does not exist', { networks: [{ networkId: 'none' }] }, 404],
  ['a zone in a region that has none', { availabilityZone: 'a' }, 400],
  ['more user data than OpenStack takes', { userData: 'x'.repeat(49_150) }, 400],
  ['no name', { name: '' }, 400],
  ['monthly billing for a flavor that lacks it', { monthlyBilling: true }, 400],
])('refuses %s and makes nothing', async (_, overrides, status) => {
  const { caller, simulator, wanted } = createBench();
  expect((await caller.project('POST', '/instance', await wanted(overrides))).status).toBe(status);
  expect(simulator.state().instances).toEqual([]);
});

test('a flavor that is out of stock is shown as such, and refused', async () => {
  const { ok, caller, control, wanted } = createBench();
  await control('POST', '/flavors', { name: 'b3-8', region: 'GRA11', available: false });
  const body = await wanted();
  expect(await ok('GET', `/flavor/${body.flavorId}`)).toMatchObject({ available: false });
  expect((await caller.project('POST', '/instance', body)).status).toBe(400);
});

test('gives a private address that was asked for to one instance at a time', async () => {
  const { ok, caller, clock, wanted } = createBench();
  const [network] = await ok('GET', '/network/private');
  const networkId = network.regions.find((each: any) => each.region === 'GRA11').openstackId;
  const body = await wanted({ networks: [{ networkId, ip: '10.42.0.7' }] });
  const { id } = await ok('POST', '/instance', body);
  clock.advance(3000);
  expect(await ok('GET', `/instance/${id}`)).toMatchObject({
    ipAddresses: [{ ip: '10.42.0.7', type: 'private' }],
  });
  await ok('DELETE', `/instance/${id}`);
  expect((await caller.project('POST', '/instance', body)).status).toBe(409);
  clock.advance(800);
  expect((await caller.project('POST', '/instance', body)).status).toBe(200);
});

test('stops, starts and reboots where the state allows it', async () => {
  const { ok, caller, clock, activeInstance } = createBench();
  const { id } = await activeInstance();
  const status = async () => (await ok('GET', `/instance/${id}`)).status;
  await ok('POST', `/instance/${id}/stop`);
  expect((await caller.project('POST', `/instance/${id}/stop`)).status).toBe(409);
  clock.advance(1500);
  expect(await status()).toBe('SHUTOFF');
  expect((await caller.project('POST', `/instance/${id}/reboot`, { type: 'soft' })).status).toBe(409);
  await ok('POST', `/instance/${id}/start`);
  clock.advance(1500);
  expect(await status()).toBe('ACTIVE');
  await ok('POST', `/instance/${id}/reboot`, { type: 'soft' });
  expect(await status()).toBe('REBOOT');
});

test('bills by the month where the flavor allows it', async () => {
  const { ok, activeInstance } = createBench();
  const flavors = await ok('GET', '/flavor?region=GRA11');
  const flavorId = flavors.find((each: any) => each.name === 'b2-7' && each.osType === 'linux').id;
  expect(await activeInstance({ flavorId, monthlyBilling: true })).toMatchObject({
    planCode: 'b2-7.monthly.postpaid',
    monthlyBilling: { status: 'ok' },
  });
});

test('boots from a volume that is bootable, and holds it', async () => {
  const { ok, caller, availableVolume, activeInstance, wanted } = createBench();
  const { imageId } = await wanted();
  const plain = await availableVolume();
  const boot = await wanted({ imageId: null, volumeId: plain.id });
  expect((await caller.project('POST', '/instance', boot)).status).toBe(400);
  const { id: volumeId } = await availableVolume({ imageId });
  const instance = await activeInstance({ imageId: null, volumeId });
  expect(instance).toMatchObject({ imageId: '', image: null });
  expect(await ok('GET', `/volume/${volumeId}`)).toMatchObject({
    status: 'in-use',
    attachedTo: [instance.id],
  });
});

test('in a region with zones the instance is in one of them', async () => {
  const { ok, wanted } = createBench();
  expect(await ok('POST', '/instance', await wanted({}, 'EU-WEST-PAR'))).toMatchObject({
    availabilityZone: 'eu-west-par-a',
  });
});
