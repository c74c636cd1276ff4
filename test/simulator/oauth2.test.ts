import { expect, test } from 'vitest';
import { Ovh } from '../../src/ovh/index.ts';
import { createBench, type Bench } from './support.ts';

const tokenUrl = 'https://ovh.test/auth/oauth2/token';
const forbidden = { class: 'Client::Forbidden', message: 'User not granted for this request' };

async function ask(bench: Bench, form: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'all', ...form });
  const response = await bench.simulator.fetch(new Request(tokenUrl, { method: 'POST', body, headers }));
  return { status: response.status, body: (await response.json()) as any };
}

/** Calls with nothing but a token. */
async function bearer(bench: Bench, token: string, path: string) {
  const request = new Request(`https://ovh.test/1.0${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const response = await bench.simulator.fetch(request);
  return { status: response.status, body: (await response.json()) as any };
}

test('gives a token for the secret of a service account, in the form or in HTTP Basic', async () => {
  const bench = createBench({ tokenMs: 3_599_000 });
  const { clientId, clientSecret, projectId } = bench.simulator.first;
  const inForm = await ask(bench, { client_id: clientId, client_secret: clientSecret });
  expect(inForm).toEqual({
    status: 200,
    body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 3599, scope: 'all' },
  });
  const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
  const inHeader = await ask(bench, {}, { Authorization: basic });
  for (const { body } of [inForm, inHeader])
    expect(await bearer(bench, body.access_token, '/cloud/project')).toEqual({
      status: 200,
      body: [projectId],
    });
  expect(await bearer(bench, inForm.body.access_token, '/auth/details')).toMatchObject({
    body: {
      method: 'oauth2_client_credentials',
      identities: [expect.stringMatching(`^urn:v1:eu:identity:credential:.*-ovh/oauth2-${clientId}$`)],
    },
  });
});

test.each([
  [{ client_id: 'EU.nobody' }, 'invalid_client', 'ovhcloud oauth2 client does not exists'],
  [{ client_secret: 'guess' }, 'invalid_client', 'ovhcloud oauth2 client secret is invalid'],
  [{ grant_type: 'password' }, 'unsupported_grant_type', 'grant_type password is not supported'],
])('refuses %o in the way of OAuth2', async (form, error, description) => {
  const bench = createBench();
  const { clientId, clientSecret } = bench.simulator.first;
  const answer = await ask(bench, { client_id: clientId, client_secret: clientSecret, ...form });
  expect(answer).toEqual({ status: 400, body: { error, error_description: description } });
});

test('a token ends in its time, when OVH wants it, and when its holder logs out', async () => {
  const bench = createBench({ tokenMs: 60_000 });
  const { clientId: client_id, clientSecret: client_secret } = bench.simulator.first;
  const fresh = async () => (await ask(bench, { client_id, client_secret })).body.access_token;
  const errorOf = async (token: string) => (await bearer(bench, token, '/me')).body.errorCode;

  const timely = await fresh();
  bench.clock.advance(59_999);
  expect(await errorOf(timely)).toBeUndefined();
  bench.clock.advance(1);
  expect(await errorOf(timely)).toBe('INVALID_CREDENTIAL');

  const expired = await fresh();
  await bench.control('POST', '/tokens/expire');
  expect(await errorOf(expired)).toBe('INVALID_CREDENTIAL');

  const revoked = await fresh();
  await bench.control('POST', '/tokens/revoke');
  expect(await errorOf(revoked)).toBe('NOT_CREDENTIAL');

  const left = await fresh();
  const headers = { Authorization: `Bearer ${left}` };
  const logout = new Request('https://ovh.test/1.0/auth/logout', { method: 'POST', headers });
  expect((await bench.simulator.fetch(logout)).status).toBe(200);
  expect(await errorOf(left)).toBe('INVALID_CREDENTIAL');
});

test('a service account may do nothing until a policy lets it, and then what the policy says', async () => {
  const bench = createBench();
  const { projectId } = bench.simulator.first;
  const { body: account } = await bench.control('POST', '/service-accounts');
  const { body } = await ask(bench, { client_id: account.clientId, client_secret: account.clientSecret });
  const look = async (path: string) => bearer(bench, body.access_token, `/cloud/project/${projectId}${path}`);
  expect(await look('/volume')).toMatchObject({
    status: 403,
    body: { ...forbidden, details: { unauthorizedActionsByIAM: 'publicCloudProject:apiovh:volume/get' } },
  });

  const policy = { clientId: account.clientId, allow: ['publicCloudProject:apiovh:volume/*'] };
  await bench.control('POST', '/iam', policy);
  expect((await look('/volume')).status).toBe(200);
  expect(await look('/instance')).toMatchObject({ status: 403, body: forbidden });
  expect(await bearer(bench, body.access_token, '/me')).toMatchObject({ status: 403, body: forbidden });
});

test('a token counts more than the signature beside it', async () => {
  const { caller } = createBench();
  const headers = { Authorization: 'Bearer nobody' };
  expect(await caller.call('GET', '/me', undefined, { headers })).toMatchObject({
    status: 403,
    body: { errorCode: 'NOT_CREDENTIAL' },
  });
});

test('our client logs in, and again after its token has been revoked', async () => {
  const bench = createBench();
  const { clientId, clientSecret, projectId } = bench.simulator.first;
  const ovh = new Ovh({
    endpoint: 'https://ovh.test/1.0',
    credentials: { clientId, clientSecret },
    fetch: async (input, init) => bench.simulator.fetch(new Request(input, init)),
  });
  expect(await ovh.projects.list()).toEqual([projectId]);
  await bench.control('POST', '/tokens/revoke');
  await expect(ovh.projects.list()).rejects.toMatchObject({ errorCode: 'NOT_CREDENTIAL' });
  expect(await ovh.projects.list()).toEqual([projectId]);
});

test('the token endpoint meets faults, and no secret is written down', async () => {
  const bench = createBench();
  const { clientId, clientSecret } = bench.simulator.first;
  await bench.control('POST', '/faults', { kind: 'html', status: 503, path: '/auth/oauth2/token' });
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret });
  const response = await bench.simulator.fetch(new Request(tokenUrl, { method: 'POST', body }));
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('<html>');
  expect(bench.simulator.calls()).toMatchObject([{ path: '/auth/oauth2/token', status: 503, fault: 'html' }]);
  expect(JSON.stringify(bench.simulator.calls())).not.toContain(clientSecret);
});
