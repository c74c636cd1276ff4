import { expect, test } from 'vitest';
import { Ovh } from '../../src/ovh/index.ts';
import building from './fixtures/instance-building.json' with { type: 'json' };
import detail from './fixtures/instance-detail.json' with { type: 'json' };
import volume from './fixtures/volume-detail.json' with { type: 'json' };
import { credentials, ENDPOINT, json, OvhServer } from './support/ovh-server.ts';

function answering(value: unknown) {
  const server = new OvhServer(() => json(value));
  return new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
}

test('reads an instance that names its flavor and image by id', async () => {
  const [instance] = await answering([building.response]).project('p').instances.list();
  expect(instance).toEqual({
    id: building.response.id,
    name: 'k8s-lab-agent-0',
    region: 'ca-east-tor',
    status: 'BUILD',
    created: '2026-10-05T18:25:02Z',
    flavorId: '3b4c5d6e-7f80-4a1b-8c2d-3e4f5a6b7c8d',
    flavorName: null,
    imageId: '9a8b7c6d-5e4f-4a3b-2c1d-0e9f8a7b6c5d',
    imageName: null,
    imageUser: null,
    sshKeyId: null,
    ipAddresses: [],
    planCode: 'b2-7.consumption',
    availabilityZone: null,
    monthlyBilling: null,
  });
});

test('reads an instance that embeds its flavor, and whose image is gone', async () => {
  const instance = await answering(detail.response).project('p').instances.get(detail.response.id);
  expect(instance).toMatchObject({
    status: 'ACTIVE',
    flavorId: '906e8259-0340-4856-95b5-4ea2d26fe377',
    flavorName: 'b2-7',
    imageId: null,
    imageName: null,
    sshKeyId: null,
  });
  expect(instance.ipAddresses.map(({ ip, version, type }) => ({ ip, version, type }))).toEqual([
    { ip: '1.2.3.4', version: 4, type: 'public' },
    { ip: '2001:db8::1', version: 6, type: 'public' },
  ]);
  expect(Object.keys(instance)).not.toContain('flavor');
});

test('reads the embedded image and key', async () => {
  const embedded = {
    ...detail.response,
    image: { id: 'img', name: 'Debian 12', user: 'debian' },
    sshKey: { id: '6d65', name: 'me', publicKey: 'ssh', regions: [], fingerPrint: 'aa' },
  };
  expect(await answering(embedded).project('p').instances.get(detail.response.id)).toMatchObject({
    imageId: 'img',
    imageName: 'Debian 12',
    imageUser: 'debian',
    sshKeyId: '6d65',
  });
});

test('lets new statuses and new keys pass', async () => {
  const future = { ...building.response, status: 'QUANTUM', ipAddresses: null, tags: { a: 1 } };
  const instance = await answering(future).project('p').instances.get(future.id);
  expect(instance).toMatchObject({ status: 'QUANTUM', ipAddresses: [] });
  expect(instance).not.toHaveProperty('tags');
});

test('reads a volume', async () => {
  expect(await answering(volume.response).project('p').volumes.get(volume.response.id)).toEqual(
    volume.response,
  );
});

test.each([
  [7, 7],
  [511, 511],
  [512, 0.5],
  [2_000, 2_000 / 1024],
  [8_192, 8],
])('reads a flavor with ram %d as %d GiB', async (ram, ramGiB) => {
  const flavor = await answering({ ...detail.response.flavor, ram })
    .project('p')
    .flavors.get(detail.response.flavor.id);
  expect(flavor).toMatchObject({
    ramGiB,
    planCodes: { hourly: 'b2-7.consumption', monthly: 'b2-7.monthly.postpaid', license: null },
    capabilities: { resize: true, snapshot: true, volume: true, failoverip: true },
  });
});

test('tells private networks from public ones', async () => {
  const network = {
    name: 'n',
    status: 'ACTIVE',
    regions: [{ region: 'GRA11', status: 'ACTIVE', openstackId: null }],
  };
  const server = new OvhServer(({ path }) =>
    json([path.endsWith('private') ? { ...network, id: 'pn-1_42', vlanId: 42 } : { ...network, id: 'ext' }]),
  );
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
  expect(await ovh.project('p').networks.list()).toMatchObject([
    { id: 'pn-1_42', visibility: 'private', vlanId: 42 },
    { id: 'ext', visibility: 'public', vlanId: null },
  ]);
});
