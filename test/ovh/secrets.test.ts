import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type Credentials, loadCredentials, Ovh, OvhConfigError } from '../../src/ovh/index.ts';
import { credentials, ENDPOINT, json, OvhServer, type SentRequest } from './support/ovh-server.ts';

const everyMethod: [string, Credentials][] = [
  ['an application key', credentials],
  ['a service account', { clientId: 'CID-4f1c', clientSecret: 'CS-9d0c77aa' }],
  ['a token', { accessToken: 'AT-eyJhbGciOi' }],
];

function shown(value: unknown): string {
  const stack = value instanceof Error ? value.stack : '';
  return [inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value), String(value), stack].join(
    '\n',
  );
}

const token = 'AT-granted-5522';

/** Ways to answer that bring back what was received, which is the worst that can happen. */
const answers: ((seen: SentRequest) => Response)[] = [
  () => json([]),
  ({ headers, body }) => new Response(`<pre>${[...headers].join()} ${body}</pre>`, { status: 502 }),
  ({ headers, body }) => new Response(`["${[...headers].join()} ${body}`),
  (request) => {
    throw Object.assign(new TypeError('fetch failed'), {
      request,
      cause: { code: 'ECONNRESET', message: 'reset', request },
    });
  },
];

test.each(everyMethod)('shows nothing of %s, whatever is printed', async (_name, secret) => {
  const seen: unknown[] = [];
  for (const answer of answers) {
    const { fetch } = new OvhServer((received) =>
      received.url.endsWith('/token') ? json({ access_token: token, expires_in: 60 }) : answer(received),
    );
    const ovh = new Ovh({ endpoint: ENDPOINT, credentials: secret, fetch });
    const project = ovh.project('p');
    seen.push(
      await ovh.projects.list().catch((error: unknown) => error),
      await project.instances
        .create({ name: 'n', flavorId: 'f', region: 'r', userData: '#cloud-config UD-password' })
        .catch((error: unknown) => error),
    );
    seen.push(ovh, project);
  }
  const text = seen.map(shown).join('\n');
  expect(text).toContain('OvhApiError');
  expect(text).toContain('OvhNetworkError');
  expect(text).toContain('OvhSchemaError');
  for (const value of [...Object.values(secret), token, 'UD-password', '$1$'])
    expect(text).not.toContain(value);
});

test('shows nothing of what it loaded', async () => {
  const env = { OVH_APPLICATION_KEY: 'AK-1', OVH_APPLICATION_SECRET: 'AS-2', OVH_CONSUMER_KEY: 'CK-3' };
  const loaded = await loadCredentials({ env, files: [], cwd: '/', home: '/' });
  for (const value of Object.values(env)) expect(shown(loaded)).not.toContain(value);
  const incomplete = loadCredentials({
    env: { ...env, OVH_CONSUMER_KEY: '' },
    files: [],
    cwd: '/',
    home: '/',
  });
  const error = await incomplete.catch((error: unknown) => error);
  expect(shown(error)).toContain('OVH_CONSUMER_KEY missing');
  for (const value of Object.values(env)) expect(shown(error)).not.toContain(value);
});

test.each([
  { accessToken: 'AT-1\n2' },
  { ...credentials, applicationSecret: '' },
  { ...credentials, consumerKey: 'CK-é' },
])('refuses credentials that no header can carry, without showing them', async (secret: Credentials) => {
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials: secret, fetch: new OvhServer().fetch });
  const error = await ovh.projects.list().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(OvhConfigError);
  for (const value of Object.values(secret).filter(Boolean)) expect(shown(error)).not.toContain(value);
});
