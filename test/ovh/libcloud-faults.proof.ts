import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ovh, OvhApiError, resolveEndpoint } from '../../src/ovh/index.ts';
import { createSimulator, serveSimulator, type Switches } from '../../src/simulator/index.ts';
import { Stack } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

/*
 * The faults of Apache libcloud's OVH driver, one by one: the client or the workflows do not have them. The table in
 * docs/guides/ovh.md names these tests.
 */

const simulator = createSimulator({ bootMs: 30, volumeMs: 20, attachMs: 20, deleteMs: 20 });
const { projectId, ...credentials } = simulator.first;
let endpoint: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ endpoint, close } = await serveSimulator(simulator));
});
afterAll(() => close());

const open = () => new Ovh({ endpoint, credentials });
const client = () => open().project(projectId);
const control = async (path: string, body: object) =>
  fetch(`${new URL(endpoint).origin}/_simulator${path}`, { method: 'POST', body: JSON.stringify(body) });

async function machine(name: string, region = 'GRA11') {
  const { flavors, images } = client();
  const [flavor] = (await flavors.list(region)).filter(
    (each) => each.name === 'b3-8' && each.osType === 'linux',
  );
  const [image] = (await images.list(region)).filter(
    (each) => each.name === 'Debian 12' && each.status === 'active',
  );
  return { name, region, flavorId: flavor!.id, imageId: image!.id };
}

async function activeInstance(name: string, more: object = {}) {
  const { instances } = client();
  const { id } = await instances.create({ ...(await machine(name)), ...more });
  return until(
    () => instances.get(id),
    ({ status }) => status === 'ACTIVE',
  );
}

async function availableVolume(name: string) {
  const { volumes } = client();
  const { id } = await volumes.create({ name, region: 'GRA11', size: 10, type: 'classic' });
  return until(
    () => volumes.get(id),
    ({ status }) => status === 'available',
  );
}

/** What the client sent since, times apart. */
async function sentBy(act: () => Promise<unknown>) {
  const before = simulator.calls().length;
  await act();
  return simulator
    .calls()
    .slice(before)
    .filter(({ path }) => path !== '/auth/time');
}

describe('connection', () => {
  test('a clock that is right is asked for once, not before each call', async () => {
    const before = simulator.calls().length;
    const ovh = open().project(projectId);
    for (let call = 0; call < 4; call += 1) await ovh.regions.list();
    const times = simulator
      .calls()
      .slice(before)
      .filter(({ path }) => path === '/auth/time');
    expect(times.length).toBeLessThanOrEqual(1);
  });

  test.each(['a b', 'a+b', 'a/b&c=d', 'é%20', '?#'])(
    'a query of %j is signed as it is sent',
    async (region) => {
      await expect(client().volumes.list(region)).resolves.toEqual([]);
    },
  );

  test('the United States can be reached', () => {
    expect(resolveEndpoint('ovh-us').baseUrl).toBe('https://api.us.ovhcloud.com/1.0');
  });

  test('an error has status, class, OVH’s words and the query id', async () => {
    const error = await client()
      .instances.get('none')
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(OvhApiError);
    expect(error).toMatchObject({ status: 404, ovhClass: 'Client::NotFound', queryId: expect.any(String) });
  });

  test.each(['null', 'empty', '204'] satisfies Switches['voidAnswer'][])(
    'a void answer of %s is a success',
    async (voidAnswer) => {
      await control('/switches', { voidAnswer });
      const { id } = await availableVolume('void');
      await expect(client().volumes.delete(id)).resolves.toBeUndefined();
      await control('/switches', { voidAnswer: 'null' });
    },
  );
});

describe('lists', () => {
  test('a region filters, in the query, and no GET has a body', async () => {
    const volume = await availableVolume('here');
    const sent = await sentBy(async () => {
      expect((await client().volumes.list('GRA11')).map(({ id }) => id)).toContain(volume.id);
      expect(await client().volumes.list('SBG5')).toEqual([]);
      expect(await client().instances.list('SBG5')).toEqual([]);
    });
    expect(sent.map(({ query }) => query)).toEqual(['region=GRA11', 'region=SBG5', 'region=SBG5']);
    expect(sent.every(({ body }) => body === undefined)).toBe(true);
  });

  test('regions that nobody knew in 2023 are there, and things in them', async () => {
    expect(await client().regions.list()).toContain('EU-WEST-PAR');
    const { id } = await client().instances.create(await machine('in-paris', 'EU-WEST-PAR'));
    expect(await client().instances.get(id)).toMatchObject({ region: 'EU-WEST-PAR' });
  });

  test.each(['MIGRATING', 'SHELVED_OFFLOADED', 'SNAPSHOTTING', 'INVENTED_TOMORROW'])(
    'one instance that is %s does not break the list',
    async (status) => {
      const { id } = await activeInstance('odd');
      await control(`/instances/${id}/status`, { status });
      expect((await client().instances.list()).find((each) => each.id === id)).toMatchObject({ status });
    },
  );

  test('images are filtered by what the contract has', async () => {
    const [sent] = await sentBy(() => client().images.list('GRA11', { flavorType: 'b3' }));
    expect(sent).toMatchObject({ status: 200, query: 'region=GRA11&flavorType=b3' });
  });

  test('prices come from the public catalogue', async () => {
    const prices = await open().prices('FR');
    expect(prices.hour('b3-8.consumption')).toBeGreaterThan(0);
  });
});

describe('instances', () => {
  test('private addresses are told from public ones, and IPv4 from IPv6', async () => {
    const { networks } = client();
    const { id } = await networks.create({ name: 'inside', regions: ['GRA11'] });
    const network = await until(
      () => networks.get(id),
      ({ regions }) => regions.every(({ status }) => status === 'ACTIVE'),
    );
    await networks.createSubnet(id, {
      network: '10.9.0.0/24',
      start: '10.9.0.2',
      end: '10.9.0.99',
      region: 'GRA11',
      dhcp: true,
      noGateway: true,
    });
    const networkId = network.regions[0]!.openstackId!;
    const { ipAddresses } = await activeInstance('inside-1', { networks: [{ networkId }] });
    expect(ipAddresses).toMatchObject([{ type: 'private', version: 4 }]);
    const { ipAddresses: outside } = await activeInstance('outside-1');
    expect(outside.map(({ type, version }) => `${type} ${version}`).toSorted()).toEqual([
      'public 4',
      'public 6',
    ]);
  });

  test('user data, key and group are sent', async () => {
    const { sshKeys, instanceGroups } = client();
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b';
    const file = join(await temporaryFolder(), 'id_ed25519.pub');
    await writeFile(file, `${publicKey}\n`);
    const key = await sshKeys.importFile('from-file', file);
    const group = await instanceGroups.create({ name: 'apart', region: 'GRA11', type: 'anti-affinity' });
    const { id } = await activeInstance('full', {
      userData: '#cloud-config\n',
      sshKeyId: key.id,
      groupId: group.id,
    });
    expect(simulator.state().instances.find((each) => each.id === id)).toMatchObject({
      userData: '#cloud-config\n',
      sshKeyId: key.id,
    });
    expect((await instanceGroups.get(group.id)).instanceIds).toContain(id);
  });

  test('they are stopped, started and rebooted', async () => {
    const { instances } = client();
    const { id } = await activeInstance('power');
    const reach = async (status: string) =>
      until(
        () => instances.get(id),
        (seen) => seen.status === status,
      );
    await instances.stop(id);
    await reach('SHUTOFF');
    await instances.start(id);
    await reach('ACTIVE');
    await instances.reboot(id, 'soft');
    await reach('ACTIVE');
  });
});

describe('volumes', () => {
  test('a volume from a snapshot has what the snapshot holds', async () => {
    const { volumes, volumeSnapshots } = client();
    const { id } = await availableVolume('origin');
    const snapshot = await volumes.snapshot(id, { name: 'then' });
    await until(
      () => volumeSnapshots.get(snapshot.id),
      ({ status }) => status === 'available',
    );
    const copy = await volumes.create({
      name: 'copy',
      region: 'GRA11',
      size: 10,
      type: 'classic',
      snapshotId: snapshot.id,
    });
    expect(simulator.state().volumes.find((each) => each.id === copy.id)).toMatchObject({
      snapshotId: snapshot.id,
    });
  });

  test('attach and detach say only what is described, answer with the state, and need no old object', async () => {
    const { volumes } = client();
    const [{ id: instanceId }, { id }] = [await activeInstance('holder'), await availableVolume('held')];
    const sent = await sentBy(async () => {
      expect(await volumes.attach(id, instanceId)).toMatchObject({ status: 'attaching' });
    });
    expect(sent).toMatchObject([{ body: { instanceId }, status: 200 }]);
    await until(
      () => volumes.get(id),
      ({ status }) => status === 'in-use',
    );
    expect(await volumes.detach(id, instanceId)).toMatchObject({ status: 'detaching' });
  });

  test('a key is deleted without a parameter that nobody described', async () => {
    const { sshKeys } = client();
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b';
    const { id } = await sshKeys.create({ name: 'anywhere', publicKey });
    const [sent] = await sentBy(() => sshKeys.delete(id));
    expect(sent?.query).toBeUndefined();
    expect(sent?.status).toBe(200);
  });
});

describe('waits, by the workflows', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start();
  });
  afterAll(() => stack.stop());

  test('ERROR ends the wait at once, and nothing is left behind', async () => {
    const project = stack.project();
    project.fault({ kind: 'instance-error', method: 'POST', path: '/instance' });
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    await expect(run.result()).rejects.toMatchObject({ type: 'InstanceFailed', details: { left: [] } });
    expect([...project.instances, ...project.volumes]).toEqual([]);
  });

  test('a status that nobody knows is waited out', async () => {
    const cloud = await stack.anotherCloud({ bootMs: 8000 });
    const project = stack.project(cloud);
    const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
    const [instance] = await until(
      async () => project.instances,
      (all) => all.length === 1,
    );
    const { origin } = new URL(cloud.endpoint);
    const become = async (status: string) =>
      fetch(`${origin}/_simulator/instances/${instance!.id}/status`, {
        method: 'POST',
        body: JSON.stringify({ status }),
      });
    await become('INVENTED_TOMORROW');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await become('ACTIVE');
    await expect(run.result()).resolves.toMatchObject({ instance: { id: instance!.id } });
  });

  test('running it twice makes one machine and one disk, attached once both are ready', async () => {
    const project = stack.project();
    const start = () => stack.mooring.start('provisionNodeWithVolume', project.spec());
    const first = await (await start()).result();
    const second = await (await start()).result();
    expect(second.instance.id).toBe(first.instance.id);
    expect(project.instances).toHaveLength(1);
    expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [first.instance.id] }]);
  });
});
