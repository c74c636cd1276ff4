import { expect, test } from 'vitest';
import { Caller, createBench } from './support.ts';

const gateway = (errorCode: string, message: string, httpCode: string) => ({ message, httpCode, errorCode });
const invalidSignature = gateway('INVALID_SIGNATURE', 'Invalid signature', '400 Bad Request');

test('takes a signature over the exact URL, also through the alias and with a query', async () => {
  const { caller } = createBench();
  expect((await caller.project('GET', '/instance?region=GRA11')).status).toBe(200);
  const alias = await caller.project('GET', '/instance?region=GRA11', undefined, {
    base: 'https://ovh.test/v1',
  });
  expect(alias.status).toBe(200);
});

test('takes the exact bytes of a body, and no others', async () => {
  const { caller, simulator, ok } = createBench();
  const rawBody = '{ "name" : "schlüssel", "publicKey":"ssh-ed25519 AAAA" }';
  expect((await caller.project('POST', '/sshkey', undefined, { rawBody })).status).toBe(200);

  const other = new Caller(
    {
      fetch: async (request) =>
        simulator.fetch(new Request(request, { method: 'POST', body: `${rawBody} ` })),
    },
    simulator.first,
    () => Date.parse('2026-04-01T12:00:00Z'),
  );
  expect(await other.project('POST', '/sshkey', undefined, { rawBody })).toMatchObject({
    status: 400,
    body: invalidSignature,
  });
  expect(await ok('GET', '/sshkey')).toHaveLength(1);
});

test('takes what the official Node client signs: https without the port', async () => {
  const { simulator, clock } = createBench();
  const { projectId } = simulator.first;
  const asNode = new Caller(
    {
      fetch: async (request) =>
        simulator.fetch(
          new Request(request.url.replace('https://ovh.test', 'https://ovh.test:8443'), request),
        ),
    },
    simulator.first,
    () => clock.now(),
  );
  const answer = await asNode.call('GET', `/cloud/project/${projectId}`, undefined, {
    base: 'https://ovh.test/1.0',
  });
  expect(answer.status).toBe(200);
});

test('refuses a timestamp that is more than 30 s off, on its own clock', async () => {
  const { caller, simulator, clock, control } = createBench({ clockSkewMs: 31_000 });
  expect(await caller.project('GET', '')).toMatchObject({
    status: 400,
    body: gateway('QUERY_TIME_OUT', 'Query out of time', '400 Bad Request'),
  });
  const serverTime = (await caller.call('GET', '/auth/time')).body;
  expect(serverTime).toBe(Math.floor((clock.now() + 31_000) / 1000));
  const adjusted = new Caller(simulator, simulator.first, () => serverTime * 1000);
  expect((await adjusted.project('GET', '')).status).toBe(200);

  await control('POST', '/settings', { clockSkewMs: 29_000 });
  expect((await caller.project('GET', '')).status).toBe(200);
});

test('names what is wrong with the keys', async () => {
  const { simulator, clock, caller } = createBench();
  const stranger = simulator.addProject();
  const as = (keys: object) =>
    new Caller(simulator, { ...simulator.first, ...keys }, () => clock.now()).project('GET', '');

  const invalidKey = gateway('INVALID_KEY', 'This application key is invalid', '403 Forbidden');
  const notCredential = gateway('NOT_CREDENTIAL', 'This credential does not exist', '403 Forbidden');
  expect((await as({ applicationKey: 'nobody' })).body).toEqual(invalidKey);
  expect((await as({ consumerKey: 'nobody' })).body).toEqual(notCredential);
  expect((await as({ consumerKey: stranger.consumerKey })).body).toEqual(notCredential);
  expect((await as({ applicationSecret: 'wrong' })).body).toEqual(invalidSignature);
  expect(
    (await caller.call('GET', '/cloud/project', undefined, { headers: { 'X-Ovh-Consumer': '' } })).body,
  ).toEqual(notCredential);
});

test('shows nobody the project of another account', async () => {
  const { simulator, caller } = createBench();
  const other = simulator.addProject();
  expect(await caller.call('GET', `/cloud/project/${other.projectId}`)).toMatchObject({
    status: 404,
    body: { class: 'Client::NotFound', message: 'This service does not exist' },
  });
  expect((await caller.call('GET', '/cloud/project')).body).toEqual([simulator.first.projectId]);
});

test('a consumer key works from its validation to its end, for what its rules say', async () => {
  const { simulator, clock, caller, control } = createBench();
  const { projectId } = simulator.first;
  const accessRules = [{ method: 'GET', path: `/cloud/project/${projectId}/instance*` }];
  const asked = await caller.call(
    'POST',
    '/auth/credential',
    { accessRules },
    { headers: { 'X-Ovh-Consumer': '' } },
  );
  expect(asked.body).toMatchObject({ state: 'pendingValidation' });
  const { consumerKey } = asked.body;
  const keys = new Caller(simulator, { ...simulator.first, consumerKey }, () => clock.now());
  const invalid = gateway('INVALID_CREDENTIAL', 'This credential is not valid', '403 Forbidden');
  expect((await keys.project('GET', '/instance')).body).toEqual(invalid);

  await control('POST', '/credentials/validate', { consumerKey, expiresAt: clock.now() + 5000 });
  expect((await keys.project('GET', '/instance')).status).toBe(200);
  const notGranted = gateway('NOT_GRANTED_CALL', 'This call has not been granted', '403 Forbidden');
  expect((await keys.project('GET', '/volume')).body).toEqual(notGranted);
  expect((await keys.project('DELETE', '/instance/x')).body).toEqual(notGranted);

  clock.advance(5000);
  expect((await keys.project('GET', '/instance')).body).toEqual(invalid);
  await control('POST', '/credentials/validate', { consumerKey });
  expect((await keys.project('GET', '/instance')).status).toBe(200);
  await control('POST', '/credentials/revoke', { consumerKey });
  expect((await keys.project('GET', '/instance')).body).toEqual(invalid);
});

test('names the IAM actions that are missing', async () => {
  const { caller, control } = createBench();
  await control('POST', '/iam', { deny: ['publicCloudProject:apiovh:volume/*'] });
  expect(
    await caller.project('POST', '/volume', { region: 'GRA11', size: 10, type: 'classic' }),
  ).toMatchObject({
    status: 403,
    body: {
      class: 'Client::Forbidden',
      message: 'User not granted for this request',
      details: { unauthorizedActionsByIAM: 'publicCloudProject:apiovh:volume/create' },
    },
  });
  expect((await caller.project('GET', '/instance')).status).toBe(200);
});
