import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { loadWorkerConfig } from '../../src/worker/config.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { ovhEnvironment } from '../support/scene.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { during } from '../support/until.ts';

let stack: Stack;
let project: TestProject;
beforeAll(async () => {
  stack = await Stack.start({ simulator: { clockSkewMs: 10 * 60_000 } });
  project = stack.project();
});
afterAll(() => stack.stop());

const complete = () => ovhEnvironment(stack.endpoint, project.credentials);

async function configFor(env: Record<string, string | undefined>) {
  const folder = await temporaryFolder();
  return loadWorkerConfig({ ...complete(), ...env }, { cwd: folder, home: folder, ovhConfFiles: [] });
}

test('a clock that is ten minutes off simply works', async () => {
  const other = stack.project();
  const node = await (await stack.mooring.start('provisionNodeWithVolume', other.spec())).result();
  expect(other.instances.map(({ id }) => id)).toEqual([node.instance.id]);
});

describe('a configuration that cannot work is refused with a sentence that says what to do', () => {
  const wrong: [what: string, env: Record<string, string | undefined>, sentence: RegExp][] = [
    ['no owner for the real OVH', { OVH_ENDPOINT: 'ovh-eu' }, /^MOORING_OWNER is not set: choose a name/],
    [
      'no project',
      { OVH_CLOUD_PROJECT_SERVICE: undefined },
      /^no OVH project: set OVH_CLOUD_PROJECT_SERVICE/,
    ],
    [
      'no credentials',
      { OVH_APPLICATION_KEY: undefined, OVH_APPLICATION_SECRET: undefined, OVH_CONSUMER_KEY: undefined },
      /^no OVH credentials: set OVH_APPLICATION_KEY/,
    ],
    ['half of the credentials', { OVH_CONSUMER_KEY: undefined }, /OVH_CONSUMER_KEY missing/],
    ['an endpoint that is none', { OVH_ENDPOINT: 'ovh-mars' }, /ovh-mars/],
    [
      'a settle window that is no duration',
      { MOORING_SETTLE: 'soon' },
      /^MOORING_SETTLE must be a duration such as "60s"/,
    ],
    [
      'no settle window for the real OVH',
      { OVH_ENDPOINT: 'ovh-eu', MOORING_OWNER: 'tests', MOORING_SETTLE: '0s' },
      /^MOORING_SETTLE must be at least "10s" for ovh-eu, whose lists may lag/,
    ],
    [
      'a first look without a unit',
      { MOORING_FIRST_LOOK: 'instance=20' },
      /^MOORING_FIRST_LOOK must be durations such as "instance=20s,volume=5s,attach=3s"/,
    ],
    ['an owner with blanks', { MOORING_OWNER: 'my team' }, /^MOORING_OWNER must be 1 to 64 letters/],
    ['a build of nothing', { MOORING_BUILD_ID: '1.1.0' }, /^MOORING_BUILD_ID .* set MOORING_DEPLOYMENT/],
    [
      'a deployment with a dot',
      { MOORING_DEPLOYMENT: 'mooring.eu' },
      /^MOORING_DEPLOYMENT must be 1 to 100 letters, digits, _ and -/,
    ],
    [
      'metrics at a name',
      { MOORING_METRICS_ADDRESS: 'localhost:9464' },
      /^MOORING_METRICS_ADDRESS must be an IP address and a port such as "127\.0\.0\.1:9464"/,
    ],
    [
      'plaintext refused without a key',
      { MOORING_PLAINTEXT: 'refuse' },
      /^MOORING_PLAINTEXT=refuse would refuse everything without a key: set MOORING_CODEC_KEY/,
    ],
    [
      'a projects file that is not there',
      { MOORING_PROJECTS_FILE: '/nowhere.yaml' },
      /^MOORING_PROJECTS_FILE: cannot read \/nowhere\.yaml \(ENOENT\)/,
    ],
  ];
  test.each(['OVH_CONSUMER_KEY', 'MOORING_CODEC_KEY', 'TEMPORAL_API_KEY', 'ovh_client_secret'])(
    'user data that would be the secret %s',
    async (name) => {
      await expect(configFor({ MOORING_USER_DATA_ENV: `WEB,${name}` })).rejects.toThrow(
        `MOORING_USER_DATA_ENV names ${name}, which is the worker's own`,
      );
    },
  );

  test('a folder of user data that holds a secret of the worker, also by a link', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'secrets', 'ck');
    await mkdir(join(folder, 'secrets'));
    await writeFile(file, 'secret');
    await symlink(folder, join(folder, 'elsewhere'));
    const given = { OVH_CONSUMER_KEY: undefined, OVH_CONSUMER_KEY_FILE: file };
    const folders = [folder, join(folder, 'secrets'), join(folder, 'elsewhere', 'secrets')];
    for (const MOORING_USER_DATA_DIR of folders)
      await expect(configFor({ ...given, MOORING_USER_DATA_DIR })).rejects.toThrow(
        `${MOORING_USER_DATA_DIR} holds OVH_CONSUMER_KEY_FILE (${file}), and whoever starts a run would read it`,
      );
    for (const MOORING_USER_DATA_DIR of ['/', '/proc'])
      await expect(configFor({ MOORING_USER_DATA_DIR })).rejects.toThrow('the environment of every process');
    await mkdir(join(folder, 'web'));
    const fine = { ...given, MOORING_USER_DATA_DIR: join(folder, 'web') };
    expect((await configFor(fine)).userData.directory).toBe(join(folder, 'web'));
  });

  test.each(wrong)('%s', async (_, env, sentence) => {
    await expect(configFor(env)).rejects.toThrow(sentence);
  });

  test('a simulator may have no settle window', async () => {
    expect(await configFor({ MOORING_SETTLE: '0s' })).toMatchObject({ settleMs: 0 });
  });

  const id = '0123456789abcdef0123456789abcdef';
  const twice: [what: string, env: object, text: string, sentence: RegExp][] = [
    [
      'one project under two aliases of the file',
      { OVH_CLOUD_PROJECT_SERVICE: undefined },
      `projects: {blue: {projectId: ${id}}, green: {projectId: ${id}}}`,
      /^the aliases "blue" and "green" name the same OVH project 0123456789abcdef0123456789abcdef: keep one/,
    ],
    [
      "the environment's project under another alias of the file",
      { OVH_CLOUD_PROJECT_SERVICE: id },
      `projects: {blue: {projectId: ${id}}}`,
      /^the aliases "main" and "blue" name the same OVH project 0123456789abcdef0123456789abcdef: keep one/,
    ],
    [
      'one alias for two projects',
      {},
      `projects: {main: {projectId: ${id}}}`,
      /^"main" is the project of OVH_CLOUD_PROJECT_SERVICE, and MOORING_PROJECTS_FILE calls one so, too/,
    ],
    [
      'several documents in the projects file',
      {},
      `projects: {}\n---\nprojects: {}\n`,
      /^MOORING_PROJECTS_FILE: \S+ holds several YAML documents; one is read/,
    ],
  ];
  test.each(twice)('%s', async (_, env, text, sentence) => {
    const file = join(await temporaryFolder(), 'projects.yaml');
    await writeFile(file, text);
    await expect(configFor({ ...env, MOORING_PROJECTS_FILE: file })).rejects.toThrow(sentence);
  });

  const refused: [what: string, env: Record<string, string>, sentence: RegExp][] = [
    [
      'a consumer key that OVH does not know',
      { OVH_CONSUMER_KEY: 'wrong' },
      /^OVH refused the credentials of project "main" \(OVH_APPLICATION_KEY/,
    ],
    [
      'a project that is not theirs',
      { OVH_CLOUD_PROJECT_SERVICE: 'nobodys' },
      /see no project nobodys; check OVH_CLOUD_PROJECT_SERVICE/,
    ],
    [
      'an OVH that nobody reaches',
      { OVH_ENDPOINT: 'http://127.0.0.1:1/1.0' },
      /^OVH cannot be reached at http:\/\/127\.0\.0\.1:1\/1\.0/,
    ],
  ];
  test.each(refused)('%s', async (_, env, sentence) => {
    const config = await configFor(env);
    await expect(startWorker(config, { address: inject('temporalAddress') })).rejects.toThrow(sentence);
  });

  test('a Temporal that nobody reaches', async () => {
    const starting = startWorker(await configFor({}), { address: '127.0.0.1:1' });
    await expect(starting).rejects.toThrow(/127\.0\.0\.1:1/);
  });
});

test('credentials that expire in the middle roll nothing back: it says what to renew, and goes on', async () => {
  const own = await Stack.start({ simulator: { bootMs: 3000 } });
  const { credentials, ...there } = { credentials: own.project(), origin: new URL(own.endpoint).origin };
  const verb = (what: string) =>
    fetch(`${there.origin}/_simulator/credentials/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ consumerKey: credentials.credentials.consumerKey }),
    });
  const run = await own.mooring.start('provisionNodeWithVolume', credentials.spec());
  await during(run, () => credentials.instances.length === 1);
  await verb('expire');
  const messages = async () => (await run.progress()).steps.map(({ message }) => message).join();
  await during(run, messages, (said) => said.includes('renew the OVH credentials of this worker'));
  await verb('validate');
  const node = await run.result();

  expect(credentials.instances.map(({ id }) => id)).toEqual([node.instance.id]);
  expect(credentials.changes.filter((change) => change.startsWith('DELETE'))).toEqual([]);
  await own.stop();
});
