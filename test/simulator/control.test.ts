import { expect, test } from 'vitest';
import { createBench } from './support.ts';

test.each([
  ['/faults', { kind: 'resets' }, /^The kind of a fault is one of status, /],
  ['/faults', {}, /^A fault needs a kind/],
  ['/faults', { kind: 'status', satus: 500 }, /^A fault has no "satus"\.$/],
  ['/faults', { kind: 'status', times: 0 }, /^The times of a fault is a whole number above 0\.$/],
  ['/switches', { attachAgain: 'maybe' }, /^The switch attachAgain takes 409, 400, ok\.$/],
  ['/switches', { atachAgain: 'ok' }, /^There is no switch "atachAgain"/],
  ['/settings', { bootMs: -1 }, /^bootMs is a number that is not negative\.$/],
  ['/regions/SBG5/status', { status: 'AWAY' }, /^The status of a region is one of UP, DOWN, MAINTENANCE\.$/],
  ['/regions/SBG9/status', { status: 'UP' }, /^There is no such region; there are GRA11, /],
  ['/quota', { projectId: 'none' }, /^There is no such project\.$/],
  ['/credentials/expire', { consumerKey: 'none' }, /^There is no such consumer key\.$/],
])('POST %s with %o is a 400 with one sentence', async (path, body, message) => {
  const { control } = createBench();
  expect(await control('POST', path, body)).toMatchObject({
    status: 400,
    body: { message: expect.stringMatching(message) },
  });
});

test('shows what exists in one project or in all, and what existed', async () => {
  const { simulator, clock, control, activeInstance, ok } = createBench();
  const other = simulator.addProject();
  const { id } = await activeInstance({ userData: '#cloud-config' });
  const { body: byHand } = await control('POST', '/instances', { projectId: other.projectId, name: 'x' });
  expect(simulator.state().instances).toHaveLength(2);
  expect(simulator.state(other.projectId).instances).toMatchObject([{ id: byHand.id, name: 'x' }]);
  expect(
    (await control('GET', `/state?projectId=${simulator.first.projectId}`)).body.instances,
  ).toMatchObject([{ id, userData: '#cloud-config', status: 'ACTIVE' }]);
  await ok('DELETE', `/instance/${id}`);
  clock.advance(800);
  expect(simulator.state(simulator.first.projectId)).toMatchObject({
    instances: [],
    deleted: { instances: [{ id }] },
  });
});

test('writes down every call, without what may be secret', async () => {
  const { simulator, caller, control, wanted } = createBench();
  const body = await wanted({ userData: 'password: hunter2' });
  await control('POST', '/faults', { kind: 'status', method: 'POST' });
  await caller.project('POST', '/instance', body);
  expect(simulator.calls().at(-1)).toMatchObject({
    method: 'POST',
    path: `/cloud/project/${simulator.first.projectId}/instance`,
    status: 500,
    fault: 'status',
    projectId: simulator.first.projectId,
    body: { name: 'web-1', userData: '(17 characters)' },
  });
  expect(JSON.stringify(simulator.calls())).not.toContain('hunter2');
});

test('somebody deletes and creates by hand', async () => {
  const { control, ok, clock, activeInstance } = createBench();
  const { id } = await activeInstance();
  await control('DELETE', `/instances/${id}`);
  const { body: volume } = await control('POST', '/volumes', { name: 'mine', size: 12 });
  clock.advance(1000);
  expect(await ok('GET', '/instance')).toEqual([]);
  expect(await ok('GET', '/volume')).toMatchObject([
    { id: volume.id, name: 'mine', size: 12, status: 'available' },
  ]);
  await control('DELETE', `/volumes/${volume.id}`);
  clock.advance(800);
  expect(await ok('GET', '/volume')).toEqual([]);
});

test('a reset leaves the first project with its keys, and nothing else', async () => {
  const { simulator, control, caller, activeInstance } = createBench();
  const other = simulator.addProject();
  const { id } = await activeInstance();
  await control('POST', '/iam', { deny: ['*'] });
  await control('POST', '/settings', { bootMs: 1, rateLimit: 1 });
  await control('POST', '/switches', { voidAnswer: '204' });
  await control('POST', '/faults', { kind: 'status', times: 9 });
  await control('POST', '/reset');

  expect(simulator.state()).toMatchObject({
    instances: [],
    volumes: [],
    sshKeys: [],
    volumeSnapshots: [],
    imageSnapshots: [],
    floatingIps: [],
    gateways: [
      { name: 'private', region: 'GRA11' },
      { name: 'private', region: 'EU-WEST-PAR' },
    ],
    operations: [],
    deleted: { instances: [], volumes: [] },
  });
  expect(simulator.calls()).toEqual([]);
  expect((await caller.project('GET', `/instance/${id}`)).status).toBe(404);
  expect((await caller.project('GET', '')).status).toBe(200);
  expect((await control('GET', '/settings')).body).toMatchObject({ bootMs: 3000, rateLimit: 0 });
  expect((await control('GET', '/switches')).body).toMatchObject({ voidAnswer: 'null' });
  expect((await control('GET', `/state?projectId=${other.projectId}`)).body.instances).toEqual([]);
  expect((await activeInstance()).id).not.toBe(id);
});

test('a region that is down says so, and fails what is asked of it and of what stands in it', async () => {
  const { control, caller, ok, activeInstance } = createBench();
  const { id } = await activeInstance();
  await control('POST', '/regions/GRA11/status', { status: 'DOWN' });

  expect(await ok('GET', '/region/GRA11')).toMatchObject({ status: 'DOWN' });
  for (const path of ['/instance?region=GRA11', `/instance/${id}`, '/region/GRA11/volume'])
    expect({ path, ...(await caller.project('GET', path)) }).toMatchObject({ path, status: 503 });
  expect((await caller.project('DELETE', `/instance/${id}`)).status).toBe(503);
  expect(await ok('GET', '/instance?region=SBG5')).toEqual([]);
  expect(await ok('GET', '/instance')).toMatchObject([{ id, status: 'ACTIVE' }]);

  await control('POST', '/regions/GRA11/status', { status: 'DOWN', reads: true });
  expect(await ok('GET', `/instance/${id}`)).toMatchObject({ id });
  expect((await caller.project('DELETE', `/instance/${id}`)).status).toBe(503);
  await control('POST', '/reset');
  expect(await ok('GET', '/region/GRA11')).toMatchObject({ status: 'UP' });
});

test('somebody renames, stops and detaches by hand', async () => {
  const { control, ok, clock, activeInstance, availableVolume } = createBench();
  const { id: instanceId } = await activeInstance();
  const { id } = await availableVolume();
  await ok('POST', `/volume/${id}/attach`, { instanceId });
  clock.advance(800);

  await control('POST', `/instances/${instanceId}/name`, { name: 'renamed' });
  await control('POST', `/instances/${instanceId}/status`, { status: 'SHUTOFF' });
  await control('POST', `/volumes/${id}/name`, { name: 'renamed, too' });
  await control('POST', `/volumes/${id}/status`, { status: 'available' });
  expect(await ok('GET', '/instance')).toMatchObject([{ name: 'renamed', status: 'SHUTOFF' }]);
  expect(await ok('GET', '/volume')).toMatchObject([
    { name: 'renamed, too', status: 'available', attachedTo: [] },
  ]);
  expect(await control('POST', `/volumes/${id}/name`, {})).toMatchObject({
    status: 400,
    body: { message: 'name is what it is to be called.' },
  });
});

test('OVH publishes an image anew: the name has another id, and the old one is refused', async () => {
  const { simulator, control, caller, ok, wanted, activeInstance } = createBench();
  const body = await wanted();
  const { id: instanceId } = await activeInstance();
  const other = simulator.addProject();
  const { body: image } = await control('POST', '/images', { name: 'Debian 13', region: 'GRA11' });
  expect(await ok('GET', `/image/${image.id}`)).toMatchObject({ name: 'Debian 13', status: 'active' });
  expect((await caller.project('GET', `/image/${body.imageId}`)).status).toBe(404);
  expect((await caller.project('POST', '/instance', body)).status).toBe(404);
  expect(await ok('POST', '/instance', await wanted())).toMatchObject({ imageId: image.id });
  // What was made of the old one stands, and its image is null.
  expect(await ok('GET', `/instance/${instanceId}`)).toMatchObject({ imageId: body.imageId, image: null });
  const theirs = { projectId: other.projectId, image: 'Debian 13' };
  expect(await control('POST', '/instances', theirs)).toMatchObject({ status: 201 });
  expect(simulator.state(other.projectId).instances).toMatchObject([{ imageId: body.imageId }]);
  expect(await control('POST', '/images', { name: 'Plan 9' })).toMatchObject({
    status: 400,
    body: { message: 'There is no such image in that region.' },
  });
});

test('an odd record stands in a list of its region, and nowhere else', async () => {
  const { control, caller, ok } = createBench();
  const record = { id: 'odd', name: 'theirs', region: 'GRA11', status: null };
  await control('POST', '/odd-records', { list: 'instance', record });
  await control('POST', '/odd-records', { list: 'volume', record: 7 });
  expect(await ok('GET', '/instance?region=GRA11')).toEqual([record]);
  expect(await ok('GET', '/instance?region=SBG5')).toEqual([]);
  expect(await ok('GET', '/volume?region=SBG5')).toEqual([7]);
  expect((await caller.project('GET', '/instance/odd')).status).toBe(404);
  await control('POST', '/reset');
  expect(await ok('GET', '/instance')).toEqual([]);
  expect((await control('POST', '/odd-records', { list: 'instance' })).status).toBe(400);
});
