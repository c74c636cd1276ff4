import { expect, test } from 'vitest';
import { createBench } from './support.ts';

const badRequest = (message: string) => ({ status: 400, body: { class: 'Client::BadRequest', message } });

test('refuses what it has not described, in the body and in the query', async () => {
  const { caller, wanted } = createBench();
  expect(await caller.project('POST', '/instance', await wanted({ colour: 'red', size: 1 }))).toMatchObject(
    badRequest('Received not described parameters: (colour, size)'),
  );
  expect(await caller.project('GET', '/instance?enabled=true')).toMatchObject(
    badRequest('Received not described parameters: (enabled)'),
  );
});

test('ignores what it has not described where it is switched so, and keeps nothing of it', async () => {
  const { caller, simulator, wanted } = createBench({ switches: { unknownParameters: 'ignored' } });
  expect((await caller.project('POST', '/instance', await wanted({ colour: 'red' }))).status).toBe(200);
  expect((await caller.project('GET', '/instance?enabled=true')).status).toBe(200);
  expect(JSON.stringify(simulator.state().instances)).not.toContain('colour');
});

test('takes a parameter of the path again in the body or the query', async () => {
  const { caller, activeInstance, availableVolume } = createBench();
  const { id: volumeId } = await availableVolume();
  const { id: instanceId } = await activeInstance();
  const attached = await caller.project('POST', `/volume/${volumeId}/attach`, { instanceId, volumeId });
  expect(attached.status).toBe(200);
  expect((await caller.project('GET', `/volume/${volumeId}?volumeId=${volumeId}`)).status).toBe(200);
});

test.each([
  ['a missing one', { name: undefined }, 'Missing mandatory parameter: (name)'],
  ['null for one that is needed', { name: null }, 'Missing mandatory parameter: (name)'],
  ['a number for a string', { name: 7 }, '[name] Given data does not belong to the type string'],
  [
    'a string for a list',
    { networks: 'public' },
    '[networks] Given data does not belong to the type cloud.instance.NetworkParams[]',
  ],
])('refuses %s', async (_, overrides, message) => {
  const { caller, wanted } = createBench();
  expect(await caller.project('POST', '/instance', await wanted(overrides))).toMatchObject(
    badRequest(message),
  );
});

test('takes null for what may be missing', async () => {
  const { caller, wanted } = createBench();
  const nulls = {
    volumeId: null,
    sshKeyId: null,
    userData: null,
    networks: null,
    groupId: null,
    monthlyBilling: null,
  };
  expect((await caller.project('POST', '/instance', await wanted(nulls))).status).toBe(200);
});

test('refuses a body that is no JSON object, and a volume of a type that OVH does not have', async () => {
  const { caller } = createBench();
  expect((await caller.project('POST', '/volume', undefined, { rawBody: '{"region":' })).status).toBe(400);
  expect((await caller.project('POST', '/volume', [1])).status).toBe(400);
  expect((await caller.project('POST', '/volume', { region: 'GRA11', size: 10, type: 'fast' })).status).toBe(
    400,
  );
});

test('answers 404 where it serves nothing, and takes a slash at the end of a path', async () => {
  const { caller } = createBench();
  expect(await caller.project('GET', '/kube')).toMatchObject({
    status: 404,
    body: { class: 'Client::NotFound', message: 'Got an invalid (or empty) URL' },
  });
  expect((await caller.project('GET', '/instance/')).status).toBe(200);
});

test('carries the headers of a real answer, and another query id each time', async () => {
  const { caller } = createBench();
  const [one, other] = [await caller.project('GET', ''), await caller.project('GET', '/nothing')];
  expect(one.headers.get('X-Ovh-Queryid')).toMatch(/^EU\.ext-\d\.[\da-f]{8}\.\d{5}\.[\da-f-]{36}$/);
  expect(other.headers.get('X-Ovh-Queryid')).not.toBe(one.headers.get('X-Ovh-Queryid'));
  expect(other.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
});

test('lets a consumer key call as often as the limit says', async () => {
  const { caller, clock, control } = createBench({ rateLimit: 2 });
  const statuses = async () => [
    (await caller.project('GET', '')).status,
    (await caller.project('GET', '')).status,
    (await caller.project('GET', '')).status,
  ];
  expect(await statuses()).toEqual([200, 200, 429]);
  clock.advance(500);
  expect(await statuses()).toEqual([200, 429, 429]);
  expect((await caller.project('GET', '')).headers.get('Retry-After')).toBeNull();
  await control('POST', '/switches', { rateLimitRetryAfter: 'on' });
  expect((await caller.project('GET', '')).headers.get('Retry-After')).toBe('1');
});
