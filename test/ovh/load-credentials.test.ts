import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadCredentials, Ovh, OvhConfigError, resolveEndpoint } from '../../src/ovh/index.ts';
import { fc } from '../support/properties.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mooring-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

const at = () => ({ env: {}, cwd: folder, home: folder, files: [join(folder, 'ovh.conf')] });

const ENV = { OVH_APPLICATION_KEY: 'ak', OVH_APPLICATION_SECRET: 'as', OVH_CONSUMER_KEY: 'ck' };
const KEYS = { applicationKey: 'ak', applicationSecret: 'as', consumerKey: 'ck' };

test('the stronger place wins, key by key', async () => {
  const layers = ['etc', 'home', 'cwd', 'env', 'argument'] as const;
  const layer = fc.option(fc.constantFrom(...layers), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...layers), { minLength: 1 }),
      fc.array(layer, { maxLength: 5 }),
      async (withKey, others) => {
        const withConsumer = ['etc', ...others];
        const conf = (name: string) =>
          `[default]\nendpoint = ovh-ca\n[ovh-ca]\napplication_secret = ${name}\n` +
          (withKey.includes(name as 'etc') ? `application_key=${name}\n` : '') +
          (withConsumer.includes(name) ? `consumer_key: ${name}\n` : '');
        const inEnv = (key: string, has: boolean) => ({ [key]: has ? 'env' : '' });
        const { source, endpoint } = await loadCredentials({
          ...at(),
          files: [
            await write('etc', conf('etc')),
            await write('home', conf('home')),
            await write('cwd', conf('cwd')),
          ],
          env: {
            ...inEnv('OVH_APPLICATION_KEY', withKey.includes('env')),
            ...inEnv('OVH_CONSUMER_KEY', withConsumer.includes('env')),
          },
          arguments: {
            applicationKey: withKey.includes('argument') ? 'argument' : undefined,
            consumerKey: withConsumer.includes('argument') ? 'argument' : undefined,
          },
        });
        expect(endpoint).toBe('ovh-ca');
        expect(await source()).toEqual({
          applicationKey: layers.findLast((name) => withKey.includes(name)),
          applicationSecret: 'cwd',
          consumerKey: layers.findLast((name) => withConsumer.includes(name)),
        });
      },
    ),
    { numRuns: 50 },
  );
});

test('looks into ./ovh.conf before ~/.ovh.conf', async () => {
  const keys = 'application_key=ak\napplication_secret=as\nconsumer_key=ck';
  const file = await write('ovh.conf', `[default]\nendpoint=ovh-us\n[ovh-us]\n${keys}\n`);
  await write('.ovh.conf', `[ovh-us]\nconsumer_key=weaker\n[ovh-cli]\ndefault_cloud_project=p1\n`);
  const loaded = await loadCredentials({ env: {}, cwd: folder, home: folder });
  expect(loaded).toMatchObject({ endpoint: 'ovh-us', projectId: 'p1' });
  expect(loaded.origin).toBe(
    `application_key in ${file}, application_secret in ${file}, consumer_key in ${file}`,
  );
  expect(await loaded.source()).toEqual(KEYS);
});

test('reads comments, quotes and spaces as people write them', async () => {
  await write(
    'ovh.conf',
    '; ours\r\n[ovh-eu]\r\n  Application_Key = "ak"  \r\napplication_secret=as ; of 2026\n#consumer_key=old\nconsumer_key = \'ck\'\n',
  );
  const { source } = await loadCredentials(at());
  expect(await source()).toEqual(KEYS);
});

test('takes a full URL as endpoint, from the environment, and its section in a file', async () => {
  const url = 'http://127.0.0.1:8080/1.0';
  await write('ovh.conf', `[${url}]\naccess_token=t\n`);
  const { endpoint, source } = await loadCredentials({ ...at(), env: { OVH_ENDPOINT: url } });
  expect(endpoint).toBe(url);
  expect(await source()).toEqual({ accessToken: 't' });
});

describe('an ovh.conf of the current folder', () => {
  /** Stands at the address and keeps what it is sent. */
  async function stranger(): Promise<{ url: string; heard: string[] }> {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      request.on('data', (data) => heard.push(String(data)));
      request.on('end', () => response.end('{}'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/1.0`, heard };
  }

  test.each<[string, Record<string, string>]>([
    ['signed headers', ENV],
    ['an OAuth2 secret', { OVH_CLIENT_ID: 'id', OVH_CLIENT_SECRET: 'secret' }],
    ['a bearer token', { OVH_ACCESS_TOKEN: 'token' }],
  ])('sends no one %s of the environment', async (_, env) => {
    const { url, heard } = await stranger();
    const file = await write('ovh.conf', `[default]\nendpoint = ${url}\n`);
    const calling = async () => {
      const { endpoint, source } = await loadCredentials({ ...at(), env });
      await new Ovh({ endpoint, credentials: source }).projects.list();
    };

    const error = await calling().catch((reason: unknown) => reason);

    expect(heard).toEqual([]);
    expect(error).toBeInstanceOf(OvhConfigError);
    expect(String(error)).toContain(
      `does not go to "${url}", which comes from endpoint in ${file}: set OVH_ENDPOINT as well, or keep both in one place`,
    );
  });

  test('sends no OAuth2 secret of its own to an address that it names itself', async () => {
    const { url, heard } = await stranger();
    const keys = 'client_id = id\nclient_secret = secret';
    await write('ovh.conf', `[default]\nendpoint = ${url}\n[${url}]\n${keys}\n`);

    await expect(loadCredentials(at())).rejects.toThrow(/^an OAuth2 secret does not go to/);
    expect(heard).toEqual([]);
    const named = await loadCredentials({ ...at(), env: { OVH_ENDPOINT: url } });
    expect(await named.source()).toEqual({ clientId: 'id', clientSecret: 'secret' });
  });

  test('completes no credentials of the environment at an address of its own', async () => {
    const url = 'http://127.0.0.1:8080/1.0';
    await write('ovh.conf', `[default]\nendpoint=${url}\n[${url}]\nconsumer_key=ck\napplication_key=ak\n`);
    const env = { OVH_APPLICATION_SECRET: 'secret' };

    await expect(loadCredentials({ ...at(), env })).rejects.toThrow(/^OVH_APPLICATION_SECRET does not go to/);
  });

  test('takes no credentials of a projects file elsewhere', async () => {
    await write('ovh.conf', '[default]\nendpoint=https://evil.example/1.0\n');

    await expect(loadCredentials({ ...at(), arguments: { accessToken: 't' } })).rejects.toThrow(
      /^argument accessToken does not go to "https:\/\/evil\.example/,
    );
  });

  test("may name OVH's own endpoints, by name or by address", async () => {
    for (const own of ['ovh-ca', 'https://ca.api.ovh.com/1.0', 'https://ca.api.ovh.com/1.0/']) {
      await write('ovh.conf', `[default]\nendpoint = ${own}\n`);
      const { endpoint, source } = await loadCredentials({ ...at(), env: ENV });
      expect(await source()).toEqual(KEYS);
      expect(resolveEndpoint(endpoint).tokenUrl).toBe('https://ca.ovh.com/auth/oauth2/token');
    }
  });
});

test('sends nothing in the clear beyond this machine', async () => {
  const loading = loadCredentials({ ...at(), env: { ...ENV, OVH_ENDPOINT: 'http://eu.api.ovh.com/1.0' } });

  await expect(loading).rejects.toThrow(/^OVH_ENDPOINT at eu\.api\.ovh\.com must begin with https:/);
  for (const host of ['127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1', '[::2]'])
    expect(() => resolveEndpoint(`http://${host}/1.0`)).toThrow('must begin with https:');
  for (const host of ['127.0.0.1:8080', '127.8.9.1', 'localhost', '[::1]:80'])
    expect(resolveEndpoint(`http://${host}/1.0`).baseUrl).toContain('http://');
});

test('takes the project from the environment', async () => {
  const { projectId } = await loadCredentials({ ...at(), env: { ...ENV, OVH_CLOUD_PROJECT_SERVICE: 'p2' } });
  expect(projectId).toBe('p2');
});

test('reads a secret from its file, and again each time it is asked', async () => {
  const file = await write('ck', 'first\n');
  const env = { ...ENV, OVH_CONSUMER_KEY: undefined, OVH_CONSUMER_KEY_FILE: file };
  const { source, origin } = await loadCredentials({ ...at(), env });
  expect(await source()).toMatchObject({ consumerKey: 'first' });
  expect(origin).toBe('OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY_FILE');
  await writeFile(file, 'second\n');
  expect(await source()).toMatchObject({ consumerKey: 'second' });
  await rm(file);
  await expect(source()).rejects.toThrow(`OVH_CONSUMER_KEY_FILE: cannot read ${file} (ENOENT)`);
});

test('reads ovh.conf again each time it is asked', async () => {
  await write('ovh.conf', '[ovh-eu]\naccess_token=first\n');
  const { source } = await loadCredentials(at());
  await write('ovh.conf', '[ovh-eu]\naccess_token=second\n');
  expect(await source()).toEqual({ accessToken: 'second' });
});

test.each<[string, Record<string, string>, RegExp]>([
  ['nothing at all', {}, /no OVH credentials: set OVH_APPLICATION_KEY.*ovh\.conf, section \[ovh-eu\]/],
  ['an empty value', { ...ENV, OVH_CONSUMER_KEY: '' }, /OVH_CONSUMER_KEY missing/],
  [
    'only an application key',
    { OVH_APPLICATION_KEY: 'ak' },
    /OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY missing/,
  ],
  ['half a service account', { OVH_CLIENT_ID: 'id' }, /OVH_CLIENT_SECRET missing, to go with OVH_CLIENT_ID/],
  [
    'two methods',
    { ...ENV, OVH_ACCESS_TOKEN: 't' },
    /more than one way .*OVH_CONSUMER_KEY; OVH_ACCESS_TOKEN/,
  ],
  [
    'a secret twice',
    { ...ENV, OVH_CONSUMER_KEY_FILE: '/x' },
    /both OVH_CONSUMER_KEY and OVH_CONSUMER_KEY_FILE/,
  ],
  ['an empty file', { OVH_ACCESS_TOKEN_FILE: '/dev/null' }, /OVH_ACCESS_TOKEN_FILE: \/dev\/null is empty/],
  ['an unknown endpoint', { ...ENV, OVH_ENDPOINT: 'ovh-mars' }, /OVH_ENDPOINT "ovh-mars".*ovh-eu, ovh-ca/],
  [
    'a password in the endpoint',
    { ...ENV, OVH_ENDPOINT: 'https://a:secret@b/1.0' },
    /^OVH_ENDPOINT at b must be/,
  ],
])('says what is wrong with %s', async (_name, env, message) => {
  const loading = loadCredentials({ ...at(), env });
  await expect(loading).rejects.toThrow(message);
  await expect(loading).rejects.toBeInstanceOf(OvhConfigError);
});

test.each([
  ['[ovh-eu\napplication_key=ak', 1],
  ['; fine\n[ovh-eu]\napplication_key ak-secret', 3],
  ['{"applicationSecret": "ak-secret"}\n<xml>ak-secret</xml>', 2],
])('names the line of a malformed ovh.conf, and nothing that stands in it: %j', async (text, line) => {
  const file = await write('ovh.conf', text);
  const error = await loadCredentials(at()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OvhConfigError);
  expect(String(error)).toContain(`${file}, line ${line}: `);
  expect(String(error)).not.toContain('ak-secret');
});

test.each([
  ['ovh-eur', 'ovh-eu'],
  ['ovhca', 'ovh-ca'],
  ['OVH-US', 'ovh-us'],
  ['soyoustart', 'soyoustart-ca'],
])('says which endpoint %s may have meant', async (endpoint, likely) => {
  await expect(loadCredentials({ ...at(), env: { ...ENV, OVH_ENDPOINT: endpoint } })).rejects.toThrow(
    `did you mean ${likely}?`,
  );
});
