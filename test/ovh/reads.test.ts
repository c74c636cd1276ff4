import { expect, test } from 'vitest';
import { Governor, Ovh, type OvhOptions, sshKeyId } from '../../src/ovh/index.ts';
import { credentials, ENDPOINT, json, OvhServer } from './support/ovh-server.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const never = () => new Promise<never>(() => undefined);

test.each<[string, Partial<OvhOptions>]>([
  ['the time', { fetch: never }],
  ['the answer', { fetch: new OvhServer(never).fetch }],
  ['its turn', { governor: new Governor({ clock: new VirtualClock(), burst: 0 }) }],
  ['the credentials', { credentials: never }],
])(
  'an aborted read that waits for %s rejects at once with the reason of the signal',
  async (_what, options) => {
    const { fetch } = new OvhServer();
    const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch, ...options });
    const controller = new AbortController();
    const look = ovh.project('p').instances.list('GRA11', { signal: controller.signal });
    const reason = new Error('the activity was cancelled');
    setImmediate(() => controller.abort(reason));
    await expect(look).rejects.toBe(reason);
  },
);

test('an aborted signal sends nothing', async () => {
  const server = new OvhServer();
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch });
  const signal = AbortSignal.abort();
  await expect(ovh.project('p').instances.get('i', { signal })).rejects.toBe(signal.reason);
  expect(server.calls).toEqual([]);
});

test('filters by what is given, and only by that', async () => {
  const server = new OvhServer(() => json([]));
  const { images, instances, networks } = new Ovh({
    endpoint: ENDPOINT,
    credentials,
    fetch: server.fetch,
  }).project('p');
  await instances.list();
  await instances.list('GRA11');
  await images.list('GRA11', { osType: 'linux' });
  await networks.list();
  expect(server.calls.map(({ path }) => path)).toEqual([
    '/cloud/project/p/instance',
    '/cloud/project/p/instance?region=GRA11',
    '/cloud/project/p/image?region=GRA11&osType=linux',
    '/cloud/project/p/network/private',
    '/cloud/project/p/network/public',
  ]);
});

test('asks the time without credentials', async () => {
  const server = new OvhServer();
  server.time = () => 1_437_075_564;
  const source = () => {
    throw new Error('not needed');
  };
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials: source, fetch: server.fetch });
  await expect(ovh.auth.time()).resolves.toBe(1_437_075_564);
});

test('knows the id of a key from its name', () => {
  expect(sshKeyId('testkey')).toBe('6447567a6447746c65513d3d'); // as in libcloud's captures
});
