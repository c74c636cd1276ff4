import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { resolveTarget } from '../../src/temporal/address.ts';
import { connectWorker } from '../../src/temporal/connect-worker.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { TemporalUnreachable } from '../../src/temporal/temporal-unreachable.ts';
import { PATIENT } from '../support/patience.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = inject('temporalAddress');

test('connects a client and a worker where TEMPORAL_ADDRESS says', async () => {
  const env = { TEMPORAL_ADDRESS: server, TEMPORAL_NAMESPACE: 'default' };
  const client = await connectClient({ ...PATIENT, env });
  onTestFinished(() => client.connection.close());
  const worker = await connectWorker({ ...PATIENT, env });
  onTestFinished(() => worker.connection.close());

  expect(client).toMatchObject({ address: server, namespace: 'default' });
  expect(worker).toMatchObject({ address: server, namespace: 'default' });
  expect(client.client.options.namespace).toBe('default');
  await client.client.workflow.count();
});

test('takes address, namespace and key from a profile of temporal.toml', async () => {
  const file = join(await temporaryFolder(), 'temporal.toml');
  await writeFile(file, '[profile.prod]\naddress = "prod:7233"\nnamespace = "nodes"\napi_key = "key"\n');

  const target = resolveTarget({ env: { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' } });

  expect(target).toMatchObject({
    address: 'prod:7233',
    namespace: 'nodes',
    source: 'from the Temporal profile "prod"',
  });
  expect(target.connection).toMatchObject({ apiKey: 'key', tls: true });
});

test('sends no key of the environment to an address given explicitly', () => {
  const env = { TEMPORAL_ADDRESS: 'cloud:7233', TEMPORAL_NAMESPACE: 'prod', TEMPORAL_API_KEY: 'key' };

  expect(resolveTarget({ address: 'localhost:7233', env })).toEqual({
    address: 'localhost:7233',
    namespace: 'default',
    source: 'given explicitly',
    connection: { address: 'localhost:7233' },
  });
});

test('lets a namespace given explicitly win over the environment', () => {
  const env = { TEMPORAL_ADDRESS: 'cloud:7233', TEMPORAL_NAMESPACE: 'prod' };

  expect(resolveTarget({ namespace: 'mine', env })).toMatchObject({
    address: 'cloud:7233',
    namespace: 'mine',
  });
});

test.each(['', 'garbage', ':::', 'a b:7233', 'http://localhost:7233', 'localhost:port', 'localhost:99999'])(
  'refuses "%s", which is no address, without asking anybody',
  (address) => {
    expect(() => resolveTarget({ env: { TEMPORAL_ADDRESS: address } })).toThrow(
      /^Temporal at \S+( b:7233)? \(from TEMPORAL_ADDRESS\) cannot be reached: .*must be a host and a port, such as "localhost:7233"; set/,
    );
  },
);

test("tells what is wrong with Temporal's own configuration, and shows no line of its file", async () => {
  const file = join(await temporaryFolder(), 'temporal.toml');
  await writeFile(file, '[profile.prod]\napi_key = "hush\n');
  const TEMPORAL_ADDRESS = 'prod:7233';
  const wrong: [NodeJS.ProcessEnv, RegExp][] = [
    [{ TEMPORAL_PROFILE: 'nope' }, /^Temporal at the address of its configuration .*'nope' not found/],
    [
      { TEMPORAL_ADDRESS, TEMPORAL_TLS_CLIENT_CERT_PATH: '/nope' },
      /^Temporal at prod:7233 .*ENOENT.*'\/nope'/,
    ],
    [{ TEMPORAL_CONFIG_FILE: file }, /TOML/],
  ];
  for (const [env, why] of wrong) {
    expect(() => resolveTarget({ env })).toThrow(TemporalUnreachable);
    expect(() => resolveTarget({ env })).toThrow(why);
    expect(() => resolveTarget({ env })).not.toThrow('hush');
  }
});

test.each(['temporal:7233', '10.0.0.7:7233', '[::1]:7233', 'prod.a1b2c.tmprl.cloud:7233'])(
  'takes %s for an address',
  (address) => {
    expect(resolveTarget({ env: { TEMPORAL_ADDRESS: address } }).address).toBe(address);
  },
);

test.each([
  [{ address: '127.0.0.1:1' }, '127.0.0.1:1 (given explicitly)'],
  [
    { env: { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_API_KEY: 'sesame' } },
    '127.0.0.1:1 (from TEMPORAL_ADDRESS)',
  ],
])('says in one sentence which address did not answer, and what to do: %o', async (options, named) => {
  for (const connect of [connectClient, connectWorker]) {
    const failure: unknown = await connect({ ...options, connectTimeoutMs: 200 }).catch(
      (error: unknown) => error,
    );

    expect(failure).toBeInstanceOf(TemporalUnreachable);
    expect((failure as Error).message).toBe(
      `Temporal at ${named} cannot be reached: no answer within 0.2 s; ` +
        'set TEMPORAL_ADDRESS, or run "mooring dev", which starts an embedded server.',
    );
    expect(inspect(failure, { depth: 10 })).not.toContain('sesame');
  }
});

test('gives up on a server that accepts and stays silent', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void silent.close());
  await once(silent, 'listening');
  const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;

  await expect(connectWorker({ address, connectTimeoutMs: 200 })).rejects.toThrow(TemporalUnreachable);
});
