import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadWorkerConfig } from '../../src/worker/config.ts';
import { cli } from '../cli/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/* What a worker takes from files and variables; nothing is asked of OVH or Temporal. */

const KEYS = { OVH_APPLICATION_KEY: 'ak', OVH_APPLICATION_SECRET: 'as', OVH_CONSUMER_KEY: 'ck' };
const COMPLETE = { OVH_ENDPOINT: 'http://127.0.0.1:1/1.0', OVH_CLOUD_PROJECT_SERVICE: 'p', ...KEYS };

const load = async (env: Record<string, string | undefined>, ovhConfFiles: string[] = []) =>
  loadWorkerConfig({ ...COMPLETE, ...env }, { cwd: '/nonexistent', home: '/nonexistent', ovhConfFiles });

test("a project with credentials of its own takes none from an ovh.conf, which may be another account's", async () => {
  const folder = await temporaryFolder();
  const conf = join(folder, 'ovh.conf');
  await writeFile(conf, '[ovh-eu]\nconsumer_key=of-another\napplication_key=x\n');
  const projects = async (own: object) => {
    const file = join(folder, 'projects.json');
    await writeFile(file, JSON.stringify({ projects: { customer: { projectId: 'q', ...own } } }));
    return (await load({ MOORING_PROJECTS_FILE: file, MOORING_OWNER: 'tests' }, [conf])).projects;
  };

  await expect(projects({ applicationKey: 'a', applicationSecret: 's' })).rejects.toThrow(
    'OVH_CONSUMER_KEY missing',
  );
  const [, customer] = await projects({ accessToken: 't' });
  expect(await customer?.credentials()).toEqual({ accessToken: 't' });
});

describe('a worker with this does not start', () => {
  test.each<[what: string, env: Record<string, string>, sentence: RegExp]>([
    [
      'a port that is none',
      { MOORING_METRICS_ADDRESS: '127.0.0.1:99999' },
      /^MOORING_METRICS_ADDRESS must be an IP/,
    ],
    [
      'an address that is none',
      { MOORING_METRICS_ADDRESS: '300.0.0.1:9464' },
      /^MOORING_METRICS_ADDRESS must be an IP/,
    ],
    [
      'an IPv6 address that is none',
      { MOORING_METRICS_ADDRESS: '[::1::]:9464' },
      /^MOORING_METRICS_ADDRESS must be an IP/,
    ],
    [
      'two secrets of host keys',
      { MOORING_HOST_KEY_SECRET: 'x'.repeat(32), MOORING_HOST_KEY_SECRET_FILE: '/nowhere' },
      /^both MOORING_HOST_KEY_SECRET and MOORING_HOST_KEY_SECRET_FILE are set; keep one$/,
    ],
    [
      'a misspelt MOORING_PLAINTEXT',
      { MOORING_PLAINTXT: 'refuse' },
      /^nothing reads MOORING_PLAINTXT: call it MOORING_PLAINTEXT, or unset it$/,
    ],
    ['a misspelt key', { MOORING_CODEC_KEYS: 'k1:…' }, /call it MOORING_CODEC_KEY, or/],
    ['half a name', { MOORING_METRICS: '127.0.0.1:1' }, /call it MOORING_METRICS_ADDRESS, or/],
    ['a name in small letters', { mooring_log_level: 'DEBUG' }, /call it MOORING_LOG_LEVEL, or/],
    [
      'a folder of keys that is not there',
      { MOORING_SSH_KEYS_DIR: '/nowhere' },
      /^MOORING_SSH_KEYS_DIR: there is no folder \/nowhere \(ENOENT\)$/,
    ],
    [
      'a folder of user data that is not there',
      { MOORING_USER_DATA_DIR: '/nowhere' },
      /^MOORING_USER_DATA_DIR: there is no folder \/nowhere \(ENOENT\)$/,
    ],
    [
      'a folder of what scripts are given that is a file',
      { MOORING_DEPLOY_DIR: process.execPath },
      /^MOORING_DEPLOY_DIR: \/.* is no folder$/,
    ],
  ])('%s', async (_, env, sentence) => {
    await expect(load(env)).rejects.toThrow(sentence);
  });

  test.each(['127.0.0.1:9464', '0.0.0.0:0', '[::1]:65535'])(
    'but with metrics at %s it does',
    async (address) => {
      expect((await load({ MOORING_METRICS_ADDRESS: address })).metricsAddress).toBe(address);
    },
  );
});

test('what is called MOORING_… and is none of ours hinders no worker, and doctor says so', async () => {
  const ofKubernetes = { MOORING_API_SERVICE_HOST: '10.0.0.1', MOORING_API_PORT_80_TCP: 'tcp://10.0.0.1:80' };
  const tests = Object.fromEntries(
    ['ANSIBLE_COLLECTIONS', 'CHAOS_NODES', 'FUZZ_CALLS', 'PROOF', 'RECORD', 'SEED', 'TEST_MS'].map((name) => [
      `MOORING_${name}`,
      '1',
    ]),
  );
  const env = { ...ofKubernetes, ...tests, MOORING_UI: 'http://127.0.0.1:1', MOORING_OWNRE: '' };

  await expect(load(env)).resolves.toMatchObject({ owner: 'simulator' });
  const { stdout } = await cli(['doctor', '-o', 'json'], { ...env, TEMPORAL_ADDRESS: 'garbage' });
  const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; says: string }[] };
  expect(findings.find(({ check }) => check === 'configuration')).toMatchObject({
    state: 'warning',
    says: `nothing reads ${Object.keys(tests).join(', ')}`,
  });
  const misspelt = { MOORING_CODEC_KYE: 'k1:…', TEMPORAL_ADDRESS: 'garbage' };
  expect((await cli(['doctor'], misspelt)).stdout).toContain('nothing reads MOORING_CODEC_KYE: call it');
});
