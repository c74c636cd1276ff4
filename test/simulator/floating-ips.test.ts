import { expect, test } from 'vitest';
import { createBench, type Bench } from './support.ts';

const gra = '/region/GRA11';

/** An instance on the project's own private network, which has a gateway in GRA11, and in SBG5 none. */
async function inside(bench: Bench, region = 'GRA11') {
  const { ok, wanted, clock } = bench;
  const [network] = await ok('GET', '/network/private');
  const networkId = network.regions.find((each: any) => each.region === region).openstackId;
  const { id } = await ok('POST', '/instance', await wanted({ networks: [{ networkId }] }, region));
  clock.advance(3000);
  const [{ ip }] = (await ok('GET', `/instance/${id}`)).ipAddresses;
  const [{ id: port }] = await ok('GET', `/instance/${id}/interface`);
  return { id, ip, port, networkId, at: `/region/${region}/instance/${id}` };
}

async function give(bench: Bench, instance: { at: string; ip: string }) {
  const operation = await bench.ok('POST', `${instance.at}/floatingIp`, { ip: instance.ip });
  bench.clock.advance(500);
  return (await bench.ok('GET', `/operation/${operation.id}`)).resourceId;
}

test('a floating IP is made for a private address, and found by the port of its instance', async () => {
  const bench = createBench();
  const instance = await inside(bench);
  const { id: operationId } = await bench.ok('POST', `${instance.at}/floatingIp`, { ip: instance.ip });
  expect(await bench.ok('GET', `${gra}/floatingip`)).toEqual([]);
  bench.clock.advance(500);
  const [found] = await bench.ok('GET', `${gra}/floatingip`);
  expect(found).toMatchObject({
    status: 'active',
    associatedEntity: { id: instance.port, ip: instance.ip, type: 'instance' },
  });
  expect(await bench.ok('GET', `/operation/${operationId}`)).toMatchObject({
    status: 'completed',
    resourceId: found.id,
  });
  const { addresses } = await bench.ok('GET', instance.at);
  expect(addresses).toContainEqual({ ip: found.ip, version: 4, type: 'floating', subnet: null });
});

test('a private address has one floating IP, and one that belongs somewhere is not given away', async () => {
  const bench = createBench();
  const [one, other] = [await inside(bench), await inside(bench)];
  const floatingIpId = await give(bench, one);
  const again = await bench.caller.project('POST', `${one.at}/floatingIp`, { ip: one.ip });
  const away = { ip: other.ip, floatingIpId };
  const taken = await bench.caller.project('POST', `${other.at}/associateFloatingIp`, away);
  expect([again.status, taken.status]).toEqual([409, 409]);
  expect(bench.simulator.state().floatingIps).toMatchObject([{ instanceId: one.id, at: one.ip }]);
});

test('it is there before it comes in anywhere', async () => {
  const bench = createBench();
  const { at, ip } = await inside(bench);
  await bench.ok('POST', `${at}/floatingIp`, { ip });
  bench.clock.advance(250);
  expect(await bench.ok('GET', `${gra}/floatingip`)).toMatchObject([
    { status: 'down', associatedEntity: null },
  ]);
  bench.clock.advance(250);
  expect(await bench.ok('GET', `${gra}/floatingip`)).toMatchObject([{ status: 'active' }]);
});

test('of two orders for one address the second makes one that belongs to nothing', async () => {
  const bench = createBench();
  const { at, ip, id } = await inside(bench);
  const [first, second] = [
    await bench.ok('POST', `${at}/floatingIp`, { ip }),
    await bench.ok('POST', `${at}/floatingIp`, { ip }),
  ];
  bench.clock.advance(500);
  const ended = await bench.ok('GET', `/operation/${second.id}`);
  expect(ended).toMatchObject({ status: 'in-error', resourceId: expect.any(String) });
  const tied = (await bench.ok('GET', `/operation/${first.id}`)).resourceId;
  expect(bench.simulator.state().floatingIps).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ id: tied, instanceId: id }),
      expect.objectContaining({ id: ended.resourceId, instanceId: null }),
    ]),
  );
});

test('while its gateway is built an address has none', async () => {
  const bench = createBench();
  const { at, ip, networkId } = await inside(bench, 'SBG5');
  const [subnet] = await bench.ok('GET', `/region/SBG5/network/${networkId}/subnet`);
  const gateway = `/region/SBG5/network/${networkId}/subnet/${subnet.id}/gateway`;
  await bench.ok('POST', gateway, { name: 'out', model: 's' });
  const answer = await bench.caller.project('POST', `${at}/floatingIp`, { ip });
  expect(answer).toMatchObject({ status: 409, body: { message: expect.stringContaining('is not active') } });
  bench.clock.advance(1000);
  await bench.ok('POST', `${at}/floatingIp`, { ip });
});

test('a subnet without a gateway has none, until the call brings one along', async () => {
  const bench = createBench();
  const instance = await inside(bench, 'SBG5');
  const { ip } = instance;
  expect(await bench.caller.project('POST', `${instance.at}/floatingIp`, { ip })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('has no gateway') },
  });
  await bench.ok('POST', `${instance.at}/floatingIp`, { ip, gateway: { name: 'out', model: 's' } });
  const { floatingIps, gateways } = bench.simulator.state();
  expect(gateways.filter(({ region }) => region === 'SBG5')).toMatchObject([{ name: 'out' }]);
  bench.clock.advance(500);
  expect(floatingIps.length + bench.simulator.state().floatingIps.length).toBe(1);
});

test('a floating IP stays when its instance goes, and belongs to nothing', async () => {
  const bench = createBench();
  const instance = await inside(bench);
  const id = await give(bench, instance);
  await bench.ok('DELETE', `/instance/${instance.id}`);
  bench.clock.advance(800);
  expect(await bench.ok('GET', `${gra}/floatingip/${id}`)).toMatchObject({
    status: 'down',
    associatedEntity: null,
  });
  await bench.ok('DELETE', `${gra}/floatingip/${id}`);
  expect(bench.simulator.state().floatingIps).toEqual([]);
});

test('what a floating IP goes through stays: the gateway, its subnet and its network', async () => {
  const bench = createBench();
  const { caller, simulator } = bench;
  const instance = await inside(bench);
  await give(bench, instance);
  const gateway = simulator.state().gateways.find(({ region }) => region === 'GRA11');
  expect((await caller.project('DELETE', `${gra}/gateway/${gateway?.id}`)).status).toBe(409);
  const at = `${gra}/network/${instance.networkId}`;
  const [{ id: subnetId }] = await bench.ok('GET', `${at}/subnet`);
  await bench.ok('DELETE', `/instance/${instance.id}`);
  bench.clock.advance(800);
  expect((await caller.project('DELETE', `${at}/subnet/${subnetId}`)).status).toBe(400);
  expect((await caller.project('DELETE', at)).status).toBe(409);
});

/** What OVHcloud's command line sends by its own example. */
async function wholeOrder({ wanted }: Bench) {
  const { flavorId, imageId } = await wanted();
  return {
    name: 'web-1',
    billingPeriod: 'hourly',
    bootFrom: { imageId },
    flavor: { id: flavorId },
    network: {
      public: false,
      private: {
        floatingIpCreate: { description: 'web' },
        gatewayCreate: { model: 's', name: 'out' },
        networkCreate: {
          name: 'inside',
          subnet: { cidr: '10.0.2.0/24', enableDhcp: true, ipVersion: 4 },
          vlanId: 0,
        },
      },
    },
    sshKeyCreate: { name: 'laptop', publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me' },
  };
}

test('one order makes a network, a gateway, a floating IP, a key and the instance', async () => {
  const bench = createBench();
  await bench.ok('POST', `${gra}/instance`, await wholeOrder(bench));
  bench.clock.advance(4000);
  const { instances, floatingIps, gateways, sshKeys } = bench.simulator.state();
  expect(instances).toMatchObject([{ status: 'ACTIVE', ipAddresses: [{ ip: '10.0.2.2' }] }]);
  expect(floatingIps).toMatchObject([{ at: '10.0.2.2', instanceId: instances[0]?.id }]);
  expect(gateways.map(({ name }) => name)).toContain('out');
  expect(sshKeys).toMatchObject([{ name: 'laptop' }]);
  expect(await bench.ok('GET', '/network/private')).toContainEqual(
    expect.objectContaining({ name: 'inside', vlanId: 0, status: 'ACTIVE' }),
  );
});

test('an order that is refused leaves nothing of all that', async () => {
  const bench = createBench({ quota: { maxFloatingIps: 0 } });
  const before = JSON.stringify([bench.simulator.state(), await bench.ok('GET', '/network/private')]);
  expect(await bench.caller.project('POST', `${gra}/instance`, await wholeOrder(bench))).toMatchObject({
    status: 409,
  });
  bench.clock.advance(4000);
  expect(JSON.stringify([bench.simulator.state(), await bench.ok('GET', '/network/private')])).toBe(before);
});

test('a backup by schedule is there from the creation of its instance on, and says when it is next', async () => {
  const bench = createBench();
  const { id } = await bench.activeInstance({ autobackup: { cron: '30 4 * * 0', rotation: 2 } });
  expect(await bench.ok('GET', `${gra}/workflow/backup`)).toMatchObject([
    // The clock of the bench stands on Wednesday, 1 April 2026.
    { instanceId: id, cron: '30 4 * * 0', rotation: 2, nextExecutionTime: '2026-04-05T04:30:00Z' },
  ]);
  const wrong = { name: 'x', instanceId: id, cron: '61 * * * *', rotation: 1 };
  expect((await bench.caller.project('POST', `${gra}/workflow/backup`, wrong)).status).toBe(400);
});

test('a snapshot is aborted while it is taken, and not afterwards', async () => {
  const bench = createBench();
  const { id } = await bench.activeInstance();
  const abort = () => bench.caller.project('POST', `${gra}/instance/${id}/abortSnapshot`);
  expect((await abort()).status).toBe(409);
  await bench.ok('POST', `/instance/${id}/snapshot`, { snapshotName: 'golden' });
  expect((await abort()).status).toBe(200);
  expect(bench.simulator.state().imageSnapshots).toEqual([]);
});
