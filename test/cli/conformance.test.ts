import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { ovhEnvironment } from '../support/scene.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cli, startCli } from './run-cli.ts';
import { until } from '../support/until.ts';

/* The program against a simulator, and what it leaves there: nothing, however it ends. */

const simulator = createSimulator({
  bootMs: 1000,
  volumeMs: 100,
  operationMs: 100,
  attachMs: 100,
  deleteMs: 2000,
  listLagMs: 600,
  quota: { maxGigabytes: 100 },
  switches: { attachAgain: '400', voidAnswer: 'empty', instanceForm: 'ids', deleteAgain: '404' },
});
let env: NodeJS.ProcessEnv;
let close: () => Promise<void>;

beforeAll(async () => {
  const served = await serveSimulator(simulator);
  close = served.close;
  env = ovhEnvironment(served.endpoint, simulator.first);
});
beforeEach(() => simulator.reset());
afterAll(() => close());

const run = (...args: string[]) => startCli(['conformance', '--settle', '2s', ...args], env);
const there = () => {
  const { instances, volumes, sshKeys, volumeSnapshots } = simulator.state();
  return [...instances, ...volumes, ...sshKeys, ...volumeSnapshots].map(({ name }) => name);
};
const hasInstance = async () => {
  await until(() => simulator.state().instances.length > 0);
};

test('a run says what it will cost, finds out what it can, and writes settings for the simulator', async () => {
  const out = join(await temporaryFolder(), 'ovh.json');
  const { child, ended } = run('--yes', '--json', '--out', out);
  child.stdin?.end();
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/2 instances d2-2 with Debian.*\n.*2 volumes of 10 GiB/);
  expect(stderr).toMatch(/It costs at most: 0\.\d\d EUR/);
  const { settings } = JSON.parse(stdout) as { settings: { switches: Record<string, string> } };
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(settings);
  expect(settings.switches).toMatchObject({
    attachAgain: '400',
    voidAnswer: 'empty',
    instanceForm: 'ids',
    quotaAnswer: '409',
  });
  expect(stdout + stderr).not.toContain(simulator.first.applicationSecret);
  expect(there()).toEqual([]);

  const again = startCli(['simulator', '--settings', out, '--switch', 'voidAnswer=204']);
  const [line] = (await once(again.child.stdout!, 'data')) as [Buffer];
  const { endpoint } = JSON.parse(line.toString()) as { endpoint: string };
  const switches = await (await fetch(`${new URL(endpoint).origin}/_simulator/switches`)).json();
  again.child.kill('SIGTERM');
  await again.ended;
  expect(switches).toMatchObject({ ...settings.switches, voidAnswer: '204' });
});

test('Ctrl-C in the middle deletes what was made, and the findings so far are printed', async () => {
  const { child, ended } = run('--yes', '--json');
  await hasInstance();
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(10);
  expect(stderr).toContain('error: interrupted; what was made is deleted');
  expect(stdout).toContain('ssh-key-again');
  expect(there()).toEqual([]);
});

test('Ctrl-C while it looks for a place ends it, and nothing was made', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { child, ended } = startCli(['conformance', '--yes'], {
    ...env,
    OVH_ENDPOINT: `http://127.0.0.1:${port}/1.0`,
  });
  await once(silent, 'request');
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 10, stderr: 'error: interrupted; nothing was made\n' });
});

test('after a run that was killed, --clean-up deletes its things and nothing else', async () => {
  await fetch(`${new URL(env['OVH_ENDPOINT']!).origin}/_simulator/volumes`, {
    method: 'POST',
    body: JSON.stringify({ name: 'theirs' }),
  });
  const { child, ended } = run('--yes');
  await hasInstance();
  child.kill('SIGKILL');
  await ended;
  expect(there().length).toBeGreaterThan(1);
  const { code, stdout } = await cli(['conformance', '--clean-up', '--settle', '2s'], env);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^deleted instance +mooring-conformance-/m);
  expect(there()).toEqual(['theirs']);
});

test('without a yes nothing is touched, and what makes no sense is one sentence', async () => {
  const [lost, unasked, misspelt, elsewhere, zones] = await Promise.all([
    cli(['conformance', '--yes', '--out', '/nope/ovh.json'], env),
    cli(['conformance'], env),
    cli(['conformance', '--only', 'atach-again'], env),
    cli(['conformance', '--region', 'GRA12'], env),
    cli(['conformance', '--region', 'EU-WEST-PAR'], env),
  ]);
  expect(lost.code).toBe(2);
  expect(lost.stderr).toBe('error: --out: cannot write /nope/ovh.json (ENOENT)\n');
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toContain('without a terminal say --yes');
  expect(misspelt.code).toBe(2);
  expect(misspelt.stderr).toContain('did you mean attach-again');
  expect(elsewhere.code).toBe(3);
  expect(elsewhere.stderr).toContain('did you mean GRA11');
  expect(zones.code).toBe(3);
  expect(zones.stderr).toContain('choose another --region');
  expect(simulator.calls().filter(({ method }) => method !== 'GET')).toEqual([]);
});
