import { expect, test } from 'vitest';
import { type Credentials, Ovh, OvhConfigError } from '../../src/ovh/index.ts';
import { credentials, isSigned, json, OvhServer, refusal } from './support/ovh-server.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const ENDPOINT = 'https://ovh.test/1.0';

test('asks the source once, and again after OVH refused what it gave', async () => {
  for (const errorCode of ['INVALID_CREDENTIAL', 'NOT_CREDENTIAL', 'INVALID_KEY']) {
    let renewed = false;
    const server = new OvhServer((seen) => (isSigned(seen) ? json([]) : refusal(403, errorCode)));
    let asked = 0;
    const source = (): Credentials => {
      asked += 1;
      return renewed ? credentials : { ...credentials, consumerKey: 'expired' };
    };
    const ovh = new Ovh({ endpoint: ENDPOINT, credentials: source, fetch: server.fetch });
    await expect(ovh.projects.list()).rejects.toMatchObject({ errorCode });
    expect(asked).toBe(1);
    renewed = true;
    await ovh.projects.list();
    await ovh.projects.list();
    expect(asked).toBe(2);
  }
});

test('does not ask the source again when only the rights are missing', async () => {
  const server = new OvhServer(() => refusal(403, 'NOT_GRANTED_CALL'));
  let asked = 0;
  const source = () => {
    asked += 1;
    return credentials;
  };
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials: source, fetch: server.fetch });
  await expect(ovh.projects.list()).rejects.toMatchObject({ errorCode: 'NOT_GRANTED_CALL' });
  await expect(ovh.projects.list()).rejects.toMatchObject({ errorCode: 'NOT_GRANTED_CALL' });
  expect(asked).toBe(1);
});

test('rejects with what the source throws, and asks it again', async () => {
  let broken = true;
  const source = () => {
    if (broken) throw new OvhConfigError('OVH_CONSUMER_KEY_FILE: cannot read it');
    return credentials;
  };
  const ovh = new Ovh({
    endpoint: ENDPOINT,
    credentials: source,
    fetch: new OvhServer(() => json([])).fetch,
  });
  await expect(ovh.projects.list()).rejects.toThrow(OvhConfigError);
  broken = false;
  await expect(ovh.projects.list()).resolves.toEqual([]);
});

test('sends a ready-made token, and neither signs nor asks the time', async () => {
  const server = new OvhServer(() => json([]));
  await new Ovh({
    endpoint: ENDPOINT,
    credentials: { accessToken: 't' },
    fetch: server.fetch,
  }).projects.list();
  const headers = server.calls[0]?.headers;
  expect(headers?.get('authorization')).toBe('Bearer t');
  expect(headers?.has('x-ovh-signature')).toBe(false);
  expect(server.timeAsked).toBe(0);
});

const account = { clientId: 'id', clientSecret: 'a secret & more' };

/** Grants numbered tokens for a minute. */
function grant() {
  const server = new OvhServer(({ headers, url }, count) => {
    if (!url.endsWith('/auth/oauth2/token'))
      return headers.has('authorization') ? json([]) : refusal(401, 'x');
    return json({ access_token: `token-${count}`, token_type: 'Bearer', expires_in: 60, scope: 'all' });
  });
  const tokens = () => server.calls.filter(({ url }) => url === 'https://ovh.test/auth/oauth2/token');
  return { server, tokens };
}

test('gets one token for many calls, and a new one ten seconds before its end', async () => {
  const { server, tokens } = grant();
  const clock = new VirtualClock();
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials: account, fetch: server.fetch, clock });
  await Promise.all([ovh.projects.list(), ovh.projects.list(), ovh.projects.list()]);
  await clock.pass(49_999);
  await ovh.projects.list();
  expect(tokens()).toHaveLength(1);
  expect(Object.fromEntries(new URLSearchParams(tokens()[0]?.body))).toEqual({
    grant_type: 'client_credentials',
    client_id: 'id',
    client_secret: 'a secret & more',
    scope: 'all',
  });
  await clock.pass(1);
  await ovh.projects.list();
  expect(tokens()).toHaveLength(2);
  expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer token-6');
});

test('gets a new token after OVH refused the old one', async () => {
  let revoked = true;
  const server = new OvhServer(({ url }, count) => {
    if (url.endsWith('/token')) return json({ access_token: `token-${count}`, expires_in: 3599 });
    return revoked ? json({ message: 'no' }, { status: 401 }) : json([]);
  });
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials: account, fetch: server.fetch });
  await expect(ovh.projects.list()).rejects.toMatchObject({ status: 401 });
  revoked = false;
  await ovh.projects.list();
  expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer token-3');
});

test('reads what the token endpoint refuses', async () => {
  const body = { error: 'invalid_client', error_description: 'ovhcloud oauth2 client does not exists' };
  const server = new OvhServer(() => json(body, { status: 400 }));
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials: account, fetch: server.fetch });
  await expect(ovh.projects.list()).rejects.toMatchObject({
    errorCode: 'invalid_client',
    reason: body.error_description,
    path: '/auth/oauth2/token',
    fromOvh: true,
  });
});

test('says that an endpoint knows no OAuth2', async () => {
  const ovh = new Ovh({ endpoint: 'kimsufi-eu', credentials: account, fetch: new OvhServer().fetch });
  await expect(ovh.projects.list()).rejects.toThrow(OvhConfigError);
});
