import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Ovh, requestCredential, sshKeyId, type OvhProject } from '../../src/ovh/index.ts';
import { operationFor, requestViolations } from '../simulator/conformance.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { credentials, ENDPOINT, OvhServer } from './support/ovh-server.ts';

/*
 * Every request that the client can send, with everything that it can say, is held against OVH's official contract:
 * the operation exists, and has all these parameters with these types.
 */

const id = '0f7d4b3a-1f0e-4c2b-9a53-2f6f0c9d1e11';
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b';
const machine = {
  name: 'web-1',
  flavorId: id,
  region: 'GRA11',
  imageId: id,
  volumeId: id,
  sshKeyId: sshKeyId('me'),
  userData: '#cloud-config\n',
  networks: [{ networkId: id, ip: '10.0.0.4' }],
  groupId: id,
  monthlyBilling: true,
  availabilityZone: 'eu-west-par-a',
  autobackup: { cron: '0 3 * * *', rotation: 7 },
};

/** One call of each method, by its place in the client. */
const project: Record<string, (client: OvhProject) => Promise<unknown>> = {
  'flavors.list': (p) => p.flavors.list('GRA11'),
  'flavors.get': (p) => p.flavors.get(id),
  'imageSnapshots.list': (p) => p.imageSnapshots.list('GRA11', { flavorType: 'b3' }),
  'imageSnapshots.get': (p) => p.imageSnapshots.get(id),
  'imageSnapshots.delete': (p) => p.imageSnapshots.delete(id),
  'images.list': (p) => p.images.list('GRA11', { osType: 'linux', flavorType: 'b3' }),
  'images.get': (p) => p.images.get(id),
  'instanceGroups.list': (p) => p.instanceGroups.list('GRA11'),
  'instanceGroups.get': (p) => p.instanceGroups.get(id),
  'instanceGroups.create': (p) =>
    p.instanceGroups.create({ name: 'apart', region: 'GRA11', type: 'anti-affinity' }),
  'instanceGroups.delete': (p) => p.instanceGroups.delete(id),
  'instances.list': (p) => p.instances.list('GRA11'),
  'instances.get': (p) => p.instances.get(id),
  'instances.create': (p) => p.instances.create(machine),
  'instances.createMany': (p) =>
    p.instances.createMany({ ...machine, number: 3, networks: [{ networkId: id }] }),
  'instances.delete': (p) => p.instances.delete(id),
  'instances.rename': (p) => p.instances.rename(id, 'web-2'),
  'instances.start': (p) => p.instances.start(id),
  'instances.stop': (p) => p.instances.stop(id),
  'instances.reboot': (p) => p.instances.reboot(id, 'soft'),
  'instances.shelve': (p) => p.instances.shelve(id),
  'instances.unshelve': (p) => p.instances.unshelve(id),
  'instances.resume': (p) => p.instances.resume(id),
  'instances.resize': (p) => p.instances.resize(id, id),
  'instances.reinstall': (p) => p.instances.reinstall(id, id),
  'instances.enterRescue': (p) => p.instances.enterRescue(id, { imageId: id }),
  'instances.leaveRescue': (p) => p.instances.leaveRescue(id),
  'instances.snapshot': (p) => p.instances.snapshot(id, 'before'),
  'instances.vnc': (p) => p.instances.vnc(id),
  'instances.activateMonthlyBilling': (p) => p.instances.activateMonthlyBilling(id),
  'instances.interfaces': (p) => p.instances.interfaces(id),
  'instances.addInterface': (p) => p.instances.addInterface(id, { networkId: id, ip: '10.0.0.5' }),
  'instances.removeInterface': (p) => p.instances.removeInterface(id, id),
  'networks.list': (p) => p.networks.list(),
  'networks.get': (p) => p.networks.get('pn-1_7'),
  'networks.create': (p) => p.networks.create({ name: 'inside', vlanId: 7, regions: ['GRA11'] }),
  'networks.rename': (p) => p.networks.rename('pn-1_7', 'inner'),
  'networks.addRegion': (p) => p.networks.addRegion('pn-1_7', 'SBG5'),
  'networks.delete': (p) => p.networks.delete('pn-1_7'),
  'networks.subnets': (p) => p.networks.subnets('pn-1_7'),
  'networks.createSubnet': (p) =>
    p.networks.createSubnet('pn-1_7', {
      network: '10.7.0.0/24',
      start: '10.7.0.2',
      end: '10.7.0.99',
      region: 'GRA11',
      dhcp: true,
      noGateway: false,
    }),
  'networks.deleteSubnet': (p) => p.networks.deleteSubnet('pn-1_7', id),
  'operations.list': (p) => p.operations.list({ instanceId: id }),
  'operations.get': (p) => p.operations.get(id),
  'quotas.list': (p) => p.quotas.list(),
  'regions.list': (p) => p.regions.list(),
  'regions.get': (p) => p.regions.get('GRA11'),
  'regions.available': (p) => p.regions.available(),
  'regions.activate': (p) => p.regions.activate('WAW1'),
  'sshKeys.list': (p) => p.sshKeys.list('GRA11'),
  'sshKeys.get': (p) => p.sshKeys.get(sshKeyId('me')),
  'sshKeys.create': (p) => p.sshKeys.create({ name: 'me', publicKey, region: 'GRA11' }),
  'sshKeys.importFile': async (p) => {
    const file = join(await temporaryFolder(), 'key.pub');
    await writeFile(file, `${publicKey}\n`);
    return p.sshKeys.importFile('me', file);
  },
  'sshKeys.delete': (p) => p.sshKeys.delete(sshKeyId('me')),
  'volumes.list': (p) => p.volumes.list('GRA11'),
  'volumes.get': (p) => p.volumes.get(id),
  'volumes.create': (p) =>
    p.volumes.create({
      name: 'data',
      region: 'GRA11',
      size: 20,
      type: 'classic',
      description: 'of web-1',
      imageId: id,
      snapshotId: id,
    }),
  'volumes.update': (p) => p.volumes.update(id, { name: 'other', description: '' }),
  'volumes.delete': (p) => p.volumes.delete(id),
  'volumes.attach': (p) => p.volumes.attach(id, id),
  'volumes.detach': (p) => p.volumes.detach(id, id),
  'volumes.upsize': (p) => p.volumes.upsize(id, 40),
  'volumes.snapshot': (p) => p.volumes.snapshot(id, { name: 'before', description: '' }),
  'volumeSnapshots.list': (p) => p.volumeSnapshots.list('GRA11'),
  'volumeSnapshots.get': (p) => p.volumeSnapshots.get(id),
  'volumeSnapshots.delete': (p) => p.volumeSnapshots.delete(id),
  'regional.instances.list': (p) => p.regional('GRA11').instances.list(),
  'regional.instances.get': (p) =>
    p.regional('GRA11').instances.get(id, {
      deleted: true,
      withVolumes: true,
      withImage: true,
      withNetworks: true,
      withBackups: true,
    }),
  'regional.instances.create': (p) =>
    p.regional('GRA11').instances.create({
      name: 'web-1',
      billingPeriod: 'hourly',
      bootFrom: { imageId: id, imageRegionName: 'GRA11', volumeId: id },
      flavor: { id },
      network: { public: true, private: { network: { id, subnetId: id }, ip: '10.0.0.4' } },
      sshKey: { name: 'me' },
      userData: '#cloud-config\n',
      group: { id },
      availabilityZone: 'eu-west-par-a',
      bulk: 2,
    }),
  'regional.instances.reinstall': (p) => p.regional('GRA11').instances.reinstall(id, id),
  'regional.floatingIps.list': (p) => p.regional('GRA11').floatingIps.list(),
  'regional.floatingIps.get': (p) => p.regional('GRA11').floatingIps.get(id),
  'regional.floatingIps.create': (p) => p.regional('GRA11').floatingIps.create(id, '10.0.0.4'),
  'regional.floatingIps.associate': (p) => p.regional('GRA11').floatingIps.associate(id, id, '10.0.0.4'),
  'regional.floatingIps.detach': (p) => p.regional('GRA11').floatingIps.detach(id),
  'regional.floatingIps.delete': (p) => p.regional('GRA11').floatingIps.delete(id),
  'regional.gateways': (p) => p.regional('GRA11').gateways(),
  'regional.volumes.list': (p) => p.regional('GRA11').volumes.list(),
  'regional.volumes.get': (p) => p.regional('GRA11').volumes.get(id),
  'regional.volumes.create': (p) =>
    p.regional('GRA11').volumes.create({
      name: 'data',
      description: 'of web-1',
      size: 20,
      type: 'classic',
      availabilityZone: 'eu-west-par-a',
      imageId: id,
      snapshotId: id,
      backupId: id,
    }),
  'regional.volumes.update': (p) =>
    p.regional('GRA11').volumes.update(id, { name: 'a', description: 'b', size: 40, type: 'high-speed' }),
  'regional.volumeBackups.list': (p) => p.regional('GRA11').volumeBackups.list(),
  'regional.volumeBackups.get': (p) => p.regional('GRA11').volumeBackups.get(id),
  'regional.volumeBackups.create': (p) =>
    p.regional('GRA11').volumeBackups.create({ volumeId: id, name: 'nightly' }),
  'regional.volumeBackups.restore': (p) => p.regional('GRA11').volumeBackups.restore(id, id),
  'regional.volumeBackups.createVolume': (p) => p.regional('GRA11').volumeBackups.createVolume(id, 'copy'),
  'regional.volumeBackups.delete': (p) => p.regional('GRA11').volumeBackups.delete(id),
  'regional.volumeTypes': (p) => p.regional('GRA11').volumeTypes(),
  'regional.quota': (p) => p.regional('GRA11').quota(),
};

const account: Record<string, (client: Ovh) => Promise<unknown>> = {
  'auth.time': (ovh) => ovh.auth.time(),
  'auth.currentCredential': (ovh) => ovh.auth.currentCredential(),
  'auth.details': (ovh) => ovh.auth.details(),
  'auth.awaitValidation': (ovh) => ovh.auth.awaitValidation({ signal: AbortSignal.timeout(5000) }),
  'auth.logout': (ovh) => ovh.auth.logout(),
  'projects.list': (ovh) => ovh.projects.list(),
  'projects.get': (ovh) => ovh.projects.get('p'),
  prices: (ovh) => ovh.prices('FR'),
};

/** Names of all methods below an object, with dots. */
function methodsOf(thing: object, prefix = ''): string[] {
  return Object.entries(thing).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === 'function') return [prefix + name];
    return typeof value === 'object' && value !== null ? methodsOf(value, `${prefix}${name}.`) : [];
  });
}

const everywhere = new Ovh({ endpoint: ENDPOINT, credentials });

test('no method of the client is left out here', () => {
  const inProject = everywhere.project('p');
  expect([...methodsOf(inProject), ...methodsOf(inProject.regional('r'), 'regional.')].toSorted()).toEqual(
    Object.keys(project).toSorted(),
  );
  expect(methodsOf(everywhere).toSorted()).toEqual(Object.keys(account).toSorted());
});

const calls: [string, (client: Ovh) => Promise<unknown>][] = [
  ...Object.entries(project).map(([name, call]): [string, (client: Ovh) => Promise<unknown>] => [
    name,
    async (client) => call(client.project('p')),
  ]),
  ...Object.entries(account),
];

test.each(calls)('%s', async (_name, call) => {
  const server = new OvhServer(() => Response.json({ message: 'enough seen' }, { status: 400 }));
  await call(new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch })).catch(() => undefined);
  // What only tells the time is not in the log.
  expect(server.calls.length + server.timeAsked).toBeGreaterThan(0);
  for (const seen of server.calls) expect(wrongIn(seen)).toEqual([]);
});

test('the request of a consumer key', async () => {
  const server = new OvhServer(() => Response.json({ message: 'enough seen' }, { status: 400 }));
  await requestCredential({
    endpoint: ENDPOINT,
    applicationKey: 'AK',
    accessRules: [{ method: 'GET', path: '/me' }],
    redirection: 'https://example.org/',
    allowedIPs: ['203.0.113.0/24'],
    fetch: server.fetch,
  }).catch(() => undefined);
  expect(server.calls.flatMap(wrongIn)).toEqual([]);
  expect(server.calls).toHaveLength(1);
});

function wrongIn({ method, path, body }: { method: string; path: string; body: string }): string[] {
  const { pathname, searchParams } = new URL(path, 'https://ovh.test');
  const operation = operationFor(method, pathname);
  if (!operation) return [`the contract has no ${method} ${pathname}`];
  return requestViolations(operation, searchParams, body === '' ? undefined : JSON.parse(body)).map(
    (problem) => `${method} ${pathname}: ${problem}`,
  );
}
