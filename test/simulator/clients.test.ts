import { describe, expect, test } from 'vitest';
import { createBench, type Bench } from './support.ts';

/* What OVHcloud's Terraform provider, its command line, Ansible and Cluster API send, and what they can read. */

async function order({ wanted }: Bench, overrides: object = {}) {
  const { name, flavorId, imageId } = await wanted();
  return {
    name,
    billingPeriod: 'hourly',
    bootFrom: { imageId },
    flavor: { id: flavorId },
    network: { public: true },
    ...overrides,
  };
}

async function activeNetwork({ ok, clock }: Bench, regions = ['GRA11']) {
  const { id } = await ok('POST', '/network/private', { name: 'backend', vlanId: 7, regions });
  clock.advance(1000);
  return `/network/private/${id}`;
}

const subnet = {
  network: '10.7.0.0/24',
  start: '10.7.0.2',
  end: '10.7.0.9',
  region: 'GRA11',
  dhcp: true,
  noGateway: false,
};

test('an order of "bulk": 0 makes one instance', async () => {
  const bench = createBench();
  await bench.ok('POST', '/region/GRA11/instance', await order(bench, { bulk: 0 }));
  bench.clock.advance(5000);
  expect(bench.simulator.state().instances).toMatchObject([{ name: 'web-1', status: 'ACTIVE' }]);
});

test('a region that a network is in already is "already activated"', async () => {
  const bench = createBench();
  const at = await activeNetwork(bench);
  expect(await bench.caller.project('POST', `${at}/region`, { region: 'GRA11' })).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining('already activated') },
  });
  await bench.ok('POST', `${at}/region`, { region: 'SBG5' });
});

test.each([
  ['win-prefix', 'b3-8'],
  ['shared', 'b3-8'],
] as const)('the first flavor of a name boots Linux: flavorNames=%s', async (flavorNames, name) => {
  const bench = createBench({ switches: { flavorNames } });
  const [first] = (await bench.ok('GET', '/flavor?region=GRA11')).filter((each: any) => each.name === name);
  await bench.ok('POST', '/instance', await bench.wanted({ flavorId: first.id }));
});

test('a subnet in use is refused with 400 until its instances are gone', async () => {
  const bench = createBench();
  const { ok, caller, clock } = bench;
  const at = await activeNetwork(bench);
  const { id } = await ok('POST', `${at}/subnet`, subnet);
  const { regions } = await ok('GET', at);
  const instance = await bench.activeInstance({ networks: [{ networkId: regions[0].openstackId }] });
  await ok('DELETE', `/instance/${instance.id}`);
  expect((await caller.project('DELETE', `${at}/subnet/${id}`)).status).toBe(400);
  clock.advance(800);
  await ok('DELETE', `${at}/subnet/${id}`);
});

test('what a client in Go leaves out of a subnet is false', async () => {
  const bench = createBench();
  const at = await activeNetwork(bench);
  const { noGateway: _noGateway, dhcp: _dhcp, ...sent } = subnet;
  expect(await bench.ok('POST', `${at}/subnet`, sent)).toMatchObject({
    gatewayIp: '10.7.0.1',
    dhcpEnabled: false,
  });
});

test('a project has a URN', async () => {
  const { ok, simulator } = createBench();
  const urn = `urn:v1:eu:resource:publicCloudProject:${simulator.first.projectId}`;
  expect(await ok('GET', '')).toMatchObject({ iam: { urn } });
});

describe('an instance in a list', () => {
  test.each([
    ['absent', undefined],
    ['null', null],
  ] as const)('says nothing or null where one instance embeds: listNulls=%s', async (listNulls, expected) => {
    const bench = createBench({ switches: { listNulls } });
    const { id, flavorId } = await bench.activeInstance();
    const [{ flavor, image, sshKey, ...ids }] = await bench.ok('GET', '/instance');
    expect([flavor, image, sshKey]).toEqual([expected, expected, expected]);
    expect(ids).toMatchObject({ id, flavorId });
    expect(await bench.ok('GET', `/instance/${id}`)).toMatchObject({ flavor: { name: 'b3-8' } });
  });
});

test('an operation of a volume names it itself in every position, one of an instance in one of them', async () => {
  const bench = createBench({ switches: { operationResource: 'sub-operation' } });
  const { ok, clock } = bench;
  const volume = await ok('POST', '/region/GRA11/volume', { name: 'data', size: 10, type: 'classic' });
  const instance = await ok('POST', '/region/GRA11/instance', await order(bench));
  clock.advance(5000);
  const made = await ok('GET', `/operation/${volume.id}`);
  expect(made).toMatchObject({ status: 'completed', subOperations: [] });
  const update = await ok('PUT', `/region/GRA11/volume/${made.resourceId}`, { name: 'renamed' });
  expect(update).toMatchObject({ resourceId: made.resourceId });
  expect(await ok('GET', `/operation/${instance.id}`)).toMatchObject({
    resourceId: null,
    subOperations: [{ action: 'instance#create', resourceId: bench.simulator.state().instances[0]?.id }],
  });
});
