import { expect, test } from 'vitest';
import { Ovh, OvhSchemaError, refuseUnread, type OvhProject } from '../../src/ovh/index.ts';
import { createSimulator } from '../../src/simulator/index.ts';
import building from './fixtures/instance-building.json' with { type: 'json' };
import detail from './fixtures/volume-detail.json' with { type: 'json' };
import { credentials, ENDPOINT, json, OvhServer } from './support/ovh-server.ts';

/* What OVH answers is held against what was asked: a mixed-up answer is one that was lost. */

const { response: instance } = building;
const { response: volume } = detail;
const mine = 'aaaaaaaa-0000-4000-8000-000000000001';
const theirs = 'bbbbbbbb-0000-4000-8000-000000000002';
const operation = {
  id: mine,
  action: 'instance#create',
  status: 'created',
  createdAt: '2026-04-01T12:00:00Z',
};
const machine = { name: instance.name, region: instance.region, flavorId: 'f', imageId: 'i' };
const disk = { name: volume.name, region: volume.region, size: 10, type: 'classic' };

function answered(value: unknown): OvhProject {
  const { fetch } = new OvhServer(() => json(value, { headers: { 'x-ovh-queryid': 'EU.1' } }));
  return new Ovh({ endpoint: ENDPOINT, credentials, fetch }).project('p');
}

type Call = (project: OvhProject) => Promise<unknown>;

test.each<[what: string, right: object, call: Call, wrong: object, field: string]>([
  ['an instance', { ...instance, id: mine }, (p) => p.instances.get(mine), { id: theirs }, 'id'],
  ['a volume', { ...volume, id: mine }, (p) => p.volumes.get(mine), { id: theirs }, 'id'],
  ['an operation', operation, (p) => p.operations.get(mine), { id: theirs }, 'id'],
  ['a new instance', instance, (p) => p.instances.create(machine), { name: 'db-1' }, 'name'],
  ['a new instance', instance, (p) => p.instances.create(machine), { region: 'SBG5' }, 'region'],
  [
    'one of many new instances',
    [{ ...instance, name: `${instance.name}-1` }],
    (p) => p.instances.createMany({ ...machine, number: 1 }),
    [{ ...instance, name: 'db-1' }],
    'name',
  ],
  ['a new volume', volume, (p) => p.volumes.create(disk), { name: 'db-1' }, 'name'],
  ['a new volume', volume, (p) => p.volumes.create(disk), { region: 'SBG5' }, 'region'],
  ['an attachment', { ...volume, id: mine }, (p) => p.volumes.attach(mine, theirs), { id: theirs }, 'id'],
  ['a detachment', { ...volume, id: mine }, (p) => p.volumes.detach(mine, theirs), { id: theirs }, 'id'],
  ['a larger volume', { ...volume, id: mine }, (p) => p.volumes.upsize(mine, 20), { id: theirs }, 'id'],
  ['a new name', { ...volume, id: mine }, (p) => p.volumes.update(mine, { name: 'x' }), { id: theirs }, 'id'],
  ['a resize', { ...instance, id: mine }, (p) => p.instances.resize(mine, 'f'), { id: theirs }, 'id'],
  [
    'a key',
    { id: 'k', name: 'me', publicKey: 'ssh', regions: [] },
    (p) => p.sshKeys.create({ name: 'me', publicKey: 'ssh' }),
    { name: 'you' },
    'name',
  ],
  [
    'an order of one region',
    { ...operation, regions: ['GRA11'] },
    (p) => p.regional('GRA11').volumes.create(disk),
    { regions: ['SBG5'] },
    'region',
  ],
])(
  '%s that is not the one that was asked for is an answer that was lost',
  async (_what, right, call, wrong, field) => {
    await expect(call(answered(right))).resolves.toBeDefined();
    const lost = call(answered(Array.isArray(wrong) ? wrong : { ...right, ...wrong }));
    await expect(lost).rejects.toBeInstanceOf(OvhSchemaError);
    await expect(lost).rejects.toMatchObject({
      status: 200,
      queryId: 'EU.1',
      problems: [`it answered with another ${field} than was asked for`],
    });
  },
);

test('an id in capitals and blanks around a name are the same', async () => {
  const p = answered({ ...instance, id: mine, name: 'web-1' });
  await expect(p.instances.get(mine.toUpperCase())).resolves.toMatchObject({ id: mine });
  await expect(p.instances.create({ ...machine, name: ' web-1 ' })).resolves.toMatchObject({ id: mine });
});

test('an order that does not say its region is believed', async () => {
  const { volumes } = answered({ ...operation, regions: [] }).regional('GRA11');
  await expect(volumes.create(disk)).resolves.toMatchObject({ id: mine });
});

test("a list in which nothing is of the region that was asked for is another question's answer", async () => {
  const here = { ...volume, id: mine, region: 'GRA11' };
  const there = { ...volume, id: theirs, region: 'SBG5' };
  await expect(answered([there, there]).volumes.list('GRA11')).rejects.toMatchObject({
    problems: ['it answered with another region than was asked for'],
  });
  await expect(answered([there, here]).volumes.list('GRA11')).resolves.toMatchObject([{ id: mine }]);
  await expect(answered([]).volumes.list('GRA11')).resolves.toEqual([]);
  await expect(answered([there, here]).volumes.list()).resolves.toHaveLength(2);
});

test.each<[what: string, odd: unknown]>([
  ['a status that is null', { ...instance, name: 'odd', status: null }],
  ['a field of another type', { ...instance, name: 'odd', ipAddresses: 'none' }],
  ['missing fields', { id: 'odd', name: 'odd' }],
])('a list goes on beside a record with %s, and knows that it is there', async (_what, odd) => {
  const list = await answered([odd, instance, null, 7, [], {}]).instances.list();
  expect(list).toMatchObject([{ name: instance.name }]);
  expect(list).toHaveLength(1);
  expect(() => refuseUnread(list, ({ name }) => name === 'other')).not.toThrow();
  expect(() => refuseUnread(list, ({ name }) => name === 'odd')).toThrow(OvhSchemaError);
  expect(() => refuseUnread(list, ({ name }) => name === 'odd')).toThrow(
    /^GET \/cloud\/project\/p\/instance: .*0\./,
  );
});

test('a record of which only the id can be read is known by that', async () => {
  const list = await answered([{ id: mine, name: { toString: 1 } }]).volumes.list('GRA11');
  expect(list).toEqual([]);
  expect(() => refuseUnread(list, ({ id }) => id === mine)).toThrow(OvhSchemaError);
});

test('what is no list at all is no answer', async () => {
  await expect(answered({ surprise: [] }).instances.list()).rejects.toBeInstanceOf(OvhSchemaError);
  await expect(answered(null).instances.list()).rejects.toBeInstanceOf(OvhSchemaError);
});

test("somebody else's thing is not taken for ours, whatever of it the simulator mixes up", async () => {
  const simulator = createSimulator({ bootMs: 0, volumeMs: 0 });
  const { projectId } = simulator.first;
  const ovh = new Ovh({
    endpoint: ENDPOINT,
    credentials: simulator.first,
    fetch: async (input, init) => simulator.fetch(new Request(input, init)),
  }).project(projectId);
  const { id } = await ovh.volumes.create({ ...disk, region: 'GRA11' });
  await ovh.volumes.create({ ...disk, region: 'GRA11', name: 'theirs' });
  simulator.addFault({ kind: 'answer-of-another', times: 3 });
  await expect(ovh.volumes.get(id)).rejects.toBeInstanceOf(OvhSchemaError);
  await expect(ovh.volumes.update(id, { name: 'renamed' })).rejects.toBeInstanceOf(OvhSchemaError);
  await expect(ovh.volumes.create({ ...disk, region: 'GRA11' })).rejects.toBeInstanceOf(OvhSchemaError);
  await expect(ovh.volumes.get(id)).resolves.toMatchObject({ name: 'renamed' });
  expect(await ovh.volumes.list('GRA11')).toHaveLength(3);
});
