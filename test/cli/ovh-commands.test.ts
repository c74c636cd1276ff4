import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { neededRules } from '../../src/worker/needed-calls.ts';
import { requestCredential } from '../../src/ovh/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { ovhEnvironment } from '../support/scene.ts';
import '../support/runtime.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cli, startCli } from './run-cli.ts';
import { PATIENT } from '../support/patience.ts';

/* What asks OVH itself, without Temporal: who somebody is, and what there is. */

const simulator = createSimulator({ bootMs: 10, volumeMs: 10 });
const { applicationKey, applicationSecret, projectId, clientId, clientSecret } = simulator.first;
let endpoint: string;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ endpoint, close } = await serveSimulator(simulator));
});
afterAll(() => close());

const everything = () => ovhEnvironment(endpoint, simulator.first);
/** As somebody has them who has not logged in. */
function keys() {
  const { OVH_CONSUMER_KEY: _key, OVH_CLOUD_PROJECT_SERVICE: _project, ...own } = everything();
  return own;
}

/** Agrees in the browser to what a login shows on standard error. */
async function agreeTo(stderr: Readable): Promise<void> {
  const url = await new Promise<string>((found) => {
    let shown = '';
    stderr.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      const [link] = /http\S+credentialToken=\S+(?=\s)/.exec(shown) ?? [];
      if (link !== undefined) found(link);
    });
  });
  const page = await (await fetch(url)).text();
  const [, account = ''] = /name="account"\s+value="([^"]+)"/.exec(page) ?? [];
  const body = new URLSearchParams({ account, password: 'any', duration: '30d', decision: 'accept' });
  await fetch(url, { method: 'POST', body });
}

test('a login asks for the least rights, and leaves a file that its owner alone can read', async () => {
  const file = join(await temporaryFolder(), 'ovh.conf');
  await writeFile(file, '; mine\n[default]\nendpoint=ovh-ca\n\n[ovh-ca]\nconsumer_key=other\n', {
    mode: 0o644,
  });
  const login = ['login', '--file', file, '--project-id', projectId, '--json'];
  const open = await cli(login, keys());
  expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining(`chmod 600 ${file}`) });
  await chmod(file, 0o600);
  const { child, ended } = startCli(login, keys());
  await agreeTo(child.stderr as Readable);
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ file, endpoint, projects: [projectId] });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  expect(text).toContain('; mine\n[default]\nendpoint=http://');
  expect(text).toContain('[ovh-ca]\nconsumer_key=other\n');

  const home = { HOME: join(file, '..'), OVH_ENDPOINT: endpoint, OVH_CLOUD_PROJECT_SERVICE: projectId };
  await writeFile(join(file, '..', '.ovh.conf'), text);
  const [who, again] = await Promise.all([
    cli(['whoami', '--json'], home),
    cli(['login', '--file', file], keys()),
  ]);
  expect(who.code).toBe(0);
  expect(JSON.parse(who.stdout)).toMatchObject({ rules: neededRules(projectId), refused: [], endpoint });
  expect(who.stdout).not.toContain(applicationSecret);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toMatch(/^error: .* keeps its consumer key .*--yes/);
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('a login that nobody agrees to changes nothing, and one without keys says where to make them', async () => {
  const file = join(await temporaryFolder(), 'ovh.conf');
  const [late, without, unknown] = await Promise.all([
    cli(['login', '--file', file, '--timeout', '3s'], keys()),
    cli(['login', '--file', file], { OVH_ENDPOINT: endpoint }),
    cli(['login', '--file', file], { ...keys(), OVH_APPLICATION_KEY: 'fromcanada000000' }),
  ]);
  expect(late.code).toBe(8);
  expect(late.stderr).toContain('error: nobody agreed in time, so nothing was changed');
  expect(without).toMatchObject({ code: 2 });
  expect(without.stderr).toContain('/createApp/');
  expect(unknown.code).toBe(8);
  expect(unknown.stderr).toContain('application keys belong to one endpoint');
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test('a login reads its application as everything else does', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'ovh.conf');
  await writeFile(join(folder, 'key'), `${applicationKey}\n`);
  await writeFile(join(folder, 'secret'), `${applicationSecret}\n`);
  const login = ['login', '--file', file, '--timeout', '1s'];
  const inFiles = {
    OVH_APPLICATION_KEY_FILE: join(folder, 'key'),
    OVH_APPLICATION_SECRET: '',
    OVH_APPLICATION_SECRET_FILE: join(folder, 'secret'),
  };
  const [read, unreadable] = await Promise.all([
    cli(login, { OVH_ENDPOINT: endpoint, ...inFiles }),
    cli(login, { OVH_ENDPOINT: '', ...inFiles, OVH_APPLICATION_SECRET_FILE: '/nope' }),
  ]);
  expect(read.stderr).toContain('error: nobody agreed in time');
  expect(unreadable).toMatchObject({
    code: 8,
    stderr: 'error: OVH_APPLICATION_SECRET_FILE: cannot read /nope (ENOENT)\n',
  });
});

test('the volumes of a node at OVH itself need the owner that they are named for', async () => {
  const { code, stderr } = await cli(['volumes', '--node', 'web-1'], {
    ...everything(),
    OVH_ENDPOINT: 'ovh-eu',
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: .*set MOORING_OWNER/);
});

test('on a terminal a login asks for key and secret, and the secret is not on the screen', async ({
  skip,
}) => {
  const file = join(await temporaryFolder(), 'ovh.conf');
  const login = ['login', '--endpoint', endpoint, '--file', file, '--timeout', '2s'];
  const script = fileURLToPath(new URL('in_terminal.py', import.meta.url));
  const command = JSON.stringify([process.execPath, inject('programPath'), ...login]);
  const answers = JSON.stringify([
    ['application key: ', applicationKey],
    ['application secret: ', applicationSecret],
  ]);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OVH_')));
  const ran = await promisify(execFile)('python3', [script, command, answers], { env }).catch(
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? skip('there is no python3') : Promise.reject(error),
  );
  const { screen, code } = JSON.parse(ran.stdout) as { screen: string; code: number };
  expect(screen).toContain(applicationKey);
  expect(screen).toContain('credentialToken=');
  expect(screen).not.toContain(applicationSecret);
  expect(code).toBe(8);
});

test('whoami says which needed calls a key is refused, and what it cannot know of a service account', async () => {
  const accessRules = [{ method: 'GET', path: '/*' } as const];
  const { consumerKey: poor } = await requestCredential({ endpoint, applicationKey, accessRules });
  await fetch(`${new URL(endpoint).origin}/_simulator/credentials/validate`, {
    method: 'POST',
    body: JSON.stringify({ consumerKey: poor }),
  });
  const [mighty, limited, service] = await Promise.all([
    cli(['whoami'], everything()),
    cli(['whoami'], { ...everything(), OVH_CONSUMER_KEY: poor }),
    cli(['whoami'], {
      OVH_ENDPOINT: endpoint,
      OVH_CLIENT_ID: clientId,
      OVH_CLIENT_SECRET: clientSecret,
      OVH_CLOUD_PROJECT_SERVICE: projectId,
    }),
  ]);
  expect(mighty).toMatchObject({ code: 0, stderr: '' });
  expect(mighty.stdout).toContain('it may make every call that Mooring needs');
  expect(limited.code).toBe(8);
  expect(limited.stdout).toContain(`POST /cloud/project/${projectId}/instance`);
  expect(limited.stdout).not.toContain('GET /cloud');
  expect(service.code).toBe(0);
  expect(service.stdout).toContain('IAM policies decide');
});

test('what OVH has is listed, filtered, and told apart from nothing', async () => {
  const run = async (...args: string[]) => cli(args, everything());
  const [flavors, images, regions, quota, prices, keysThere, nothing] = await Promise.all([
    run('flavors', '--region', 'GRA11', '--name', 'b3-*', '--os', 'linux', '-o', 'name'),
    run('images', '--region', 'GRA11', '--name', 'Debian*'),
    run('regions', '--json'),
    run('quota', '--region', 'SBG5', '--json'),
    run('prices', '--json'),
    run('keys'),
    run('volumes', '--project', 'nobody'),
  ]);
  expect(flavors).toMatchObject({ code: 0, stdout: 'b3-8\nb3-16\nb3-32\n' });
  expect(images.stdout).toMatch(/Debian 12 .*GRA11/);
  expect(JSON.parse(regions.stdout).regions.map(({ name }: { name: string }) => name)).toContain(
    'EU-WEST-PAR',
  );
  expect(JSON.parse(quota.stdout).quota).toMatchObject([{ region: 'SBG5' }]);
  expect(prices.code).toBe(0);
  expect(keysThere).toMatchObject({ code: 0, stdout: '', stderr: 'no keys fit\n' });
  expect(nothing).toMatchObject({ code: 2, stdout: '' });
  expect(nothing.stderr).toContain('project "nobody" is not configured here; there is main');
});

test('the doctor finds what is there and what is missing, and the exit code is that of the first failure', async () => {
  const temporal = { TEMPORAL_ADDRESS: inject('temporalAddress'), MOORING_TASK_QUEUE: 'nobody-polls-this' };
  const [idle, nowhere, confused] = await Promise.all([
    cli(['doctor'], { ...everything(), ...temporal }),
    cli(['doctor', '--json'], {
      ...everything(),
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      OVH_CONSUMER_KEY: 'stale',
    }),
    cli(['doctor', '-o', 'name'], { ...temporal, OVH_ENDPOINT: 'ovh-mars' }),
  ]);
  expect(idle.code).toBe(7);
  expect(idle.stdout).toMatch(/✓ ovh http.* clocks agree/);
  expect(idle.stdout).toMatch(/✓ project main +[\da-f]{32}/);
  expect(idle.stdout).toMatch(/! owner +MOORING_OWNER is not set/);
  expect(idle.stdout).toMatch(/✓ temporal /);
  expect(idle.stdout).toMatch(/✗ queue nobody-polls-this +no worker polls it; start one: mooring worker/);
  expect(nowhere.code).toBe(8);
  const { findings } = JSON.parse(nowhere.stdout) as {
    findings: { check: string; state: string; exitCode: number }[];
  };
  expect(findings.filter(({ state }) => state === 'failed')).toMatchObject([
    { check: 'project main', exitCode: 8 },
    { check: 'temporal', exitCode: 7 },
  ]);
  expect(confused.code).toBe(8);
  expect(confused.stdout).toContain('configuration');
});

test('on a machine that only asks, what a worker would need is no fault', async () => {
  const taskQueue = `doctor-${randomUUID()}`;
  const { code, stdout } = await cli(['doctor', '--json'], {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    MOORING_TASK_QUEUE: taskQueue,
    HOME: await temporaryFolder(),
  });
  const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; todo: string }[] };
  // Nobody works here; that is all that is wrong.
  expect(code).toBe(7);
  expect(findings.filter(({ state }) => state === 'failed').map(({ check }) => check)).toEqual([
    `queue ${taskQueue}`,
    `queue ${taskQueue}-observe`,
  ]);
  const off = findings.filter(({ state }) => state === 'off');
  expect(off.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'configuration',
      'encryption',
      'guests',
      'metrics',
      'health',
      'alerts',
      'traces',
    ]),
  );
  expect(off.every(({ todo }) => todo !== null)).toBe(true);
});

test('the doctor says of each that watches whether it is there', async (context) => {
  const asked = createServer((request, response) => {
    const rules = [
      { name: 'MooringNoWorker', state: 'firing' },
      { name: 'MooringLeftOver', state: 'inactive' },
    ];
    if (request.url === '/api/v1/rules') response.end(JSON.stringify({ data: { groups: [{ rules }] } }));
    else if (request.url === '/readyz')
      response.writeHead(503).end(JSON.stringify({ ready: false, temporal: 'no answer', ovh: {} }));
    else response.end('mooring_runs_total 1\n');
  });
  await once(asked.listen(0, '127.0.0.1'), 'listening');
  context.onTestFinished(() => void asked.close());
  const address = `127.0.0.1:${(asked.address() as AddressInfo).port}`;
  const env = {
    ...everything(),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    MOORING_METRICS_ADDRESS: address,
    MOORING_CODEC_KEY: `k1:${Buffer.alloc(32).toString('base64')}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
  };
  const there = await cli(['doctor', '--prometheus', `http://${address}`], env);
  expect(there.stdout).toMatch(/✓ metrics +1 series at http/);
  expect(there.stdout).toMatch(/✗ health +temporal: no answer/);
  expect(there.stdout).toMatch(/! alerts +2 at .*; firing: MooringNoWorker; see the runbook/);
  expect(there.stdout).toMatch(/✓ logs +a line of JSON each .* INFO and graver/);
  expect(there.stdout).toMatch(/✓ traces +to http/);
  expect(there.stdout).toMatch(/✓ encryption +with the key "k1"/);
  expect(there.stdout).toMatch(/[✓-] search attributes/);

  const nobody = {
    MOORING_METRICS_ADDRESS: '127.0.0.1:9',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  };
  const away = await cli(['doctor'], { ...env, ...nobody, MOORING_CODEC_KEY: 'k1:short' });
  expect(away.stdout).toMatch(/! metrics +nothing answers at .*; start a worker with this environment/);
  expect(away.stdout).toMatch(/! traces +nothing answers at/);
  expect(away.stdout).toMatch(/✗ encryption /);
  expect(away.stdout).not.toContain('short');
});

test('the doctor refuses one OVH project under two aliases', async () => {
  const file = join(await temporaryFolder(), 'projects.json');
  await writeFile(file, JSON.stringify({ projects: { blue: { projectId } } }));
  const { code, stdout } = await cli(['doctor'], {
    ...everything(),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    MOORING_PROJECTS_FILE: file,
  });
  expect(code).toBe(2);
  expect(stdout).toContain(`✗ configuration`);
  expect(stdout).toContain(`the aliases "main" and "blue" name the same OVH project ${projectId}`);
});

test('the doctor shows which open runs met a worker that knows another project, and who had begun them', async () => {
  const taskQueue = `doctor-${randomUUID()}`;
  const workflowId = `node.${taskQueue}.GRA11.web-1`;
  const said =
    'this worker (identity a) knows project "main" as OVH project 2 of owner tests, the run was begun for 1; give both workers the same configuration';
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const refuses = async () => {
    throw ApplicationFailure.create({ type: 'WrongWorker', message: said, nextRetryDelay: '1h' });
  };
  // What a worker says that gives a step back, said by a worker of the test's own.
  const worker = await Worker.create({
    connection,
    taskQueue,
    identity: 'a',
    workflowBundle: { codePath: inject('workflowBundlePath') },
    activities: { createInstance: refuses },
  });
  const observer = await Worker.create({
    connection,
    taskQueue: `${taskQueue}-observe`,
    identity: 'b',
    activities: {
      beginning: async () => ({
        request: { run: { deadlines: { instance: '1h' } } },
        baseline: { place: {} },
        plan: { boot: null, instance: { wanted: {} }, volumes: [] },
      }),
    },
  });
  const temporal = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  const ref = { project: taskQueue, region: 'GRA11', name: 'web-1' };
  const run = await worker.runUntil(
    observer.runUntil(async () => {
      const handle = await temporal.client.workflow.start('provisionNodeWithVolume', {
        workflowId,
        taskQueue,
        args: [ref],
      });
      await expect
        .poll(async () => (await handle.describe()).raw.pendingActivities?.[0]?.lastFailure?.message)
        .toBe(said);
      const open = `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
      await expect.poll(async () => (await temporal.client.workflow.count(open)).count).toBe(1);
      return handle;
    }),
  );
  onTestFinished(async () => {
    await run.terminate();
    await temporal.connection.close();
    await connection.close();
  });

  const { stdout } = await cli(['doctor', '--json'], {
    ...everything(),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    MOORING_TASK_QUEUE: taskQueue,
  });
  const { findings } = JSON.parse(stdout) as { findings: { check: string }[] };
  expect(findings.find(({ check }) => check === 'open runs')).toMatchObject({
    state: 'failed',
    exitCode: 2,
    says: expect.stringMatching(/^1 of 1 met a worker .*: node\.\S+ \(begun by worker b\): this worker/),
  });
});
