import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { Stack } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
});
afterAll(() => stack.stop());

const freePort = async () => (await freePorts([{ port: 0, option: '' }]))[0] ?? 0;

test('a worker serves what it asks of OVH as metrics, and no secret', async (context) => {
  const project = stack.project();
  const address = `127.0.0.1:${await freePort()}`;
  const env = { ...workerEnvironment(stack, project), MOORING_METRICS_ADDRESS: address };
  const worker = spawnWorker(env, context);
  project.fault({ kind: 'rate-limit', retryAfter: 4, method: 'POST', path: '/volume', times: 1 });
  project.fault({ kind: 'reset-before', method: 'GET', path: '/volume', times: 1 });
  const name = `web-${project.alias}`;
  const spec = project.spec({ project: 'main', name, userData: '#cloud-config\npassword: hunter2\n' });
  const run = await stack.mooring.start('provisionNodeWithVolume', spec);
  // It listens a moment after it works.
  const scrape = async () => (await fetch(`http://${address}/metrics`).catch(() => undefined))?.text() ?? '';
  // While OVH's pause lasts, calls wait.
  await during(run, scrape, (text) => valueOf(text, 'mooring_ovh_pause_seconds', 'project="main"') > 0);
  await run.result();

  expect(project.instances).toHaveLength(1);
  // What goes up and down is set once a second.
  const text = await until(
    scrape,
    (seen) =>
      ['mooring_runs_total', 'temporal_workflow_completed'].every((name) => seen.includes(name)) &&
      ['mooring_ovh_pause_seconds', 'mooring_ovh_waiting'].every((name) => valueOf(seen, name, '') === 0),
  );
  const calls = (...labels: string[]) => valueOf(text, 'mooring_ovh_calls_total', ...labels);
  expect(calls('method="POST"', 'answer="429"', 'project="main"')).toBe(1);
  expect(calls('method="GET"', 'answer="none"')).toBe(1);
  expect(calls('method="POST"', 'answer="2xx"')).toBe(3);
  const answered = stack.simulator.calls().filter(({ status }) => status === 200);
  expect(calls('answer="2xx"')).toBe(answered.length);
  expect(valueOf(text, 'mooring_ovh_requests_per_second', 'project="main"')).toBeGreaterThan(1);
  expect(valueOf(text, 'mooring_ovh_call_seconds_count', 'method="POST"')).toBe(4);
  const runs = (...labels: string[]) => valueOf(text, 'mooring_runs_total', ...labels);
  expect(runs('type="provisionNodeWithVolume"', 'outcome="created"', 'project="main"')).toBe(1);
  expect(valueOf(text, 'mooring_run_seconds_count', 'outcome="created"')).toBe(1);
  const attempts = (...labels: string[]) => valueOf(text, 'mooring_step_attempts_total', ...labels);
  expect(attempts('activity="createInstance"', 'ended="done"')).toBe(1);
  expect(attempts('activity="createVolume"', 'ended="OvhUnavailable"')).toBe(1);
  expect(valueOf(text, 'mooring_steps_under_way', '')).toBe(0);
  // What has not happened yet is there as well, or its first time would not be seen.
  expect(text).toMatch(/mooring_duplicates_removed_total\{.*kind="instance".*\} 0$/m);
  for (const step of ['createInstance', 'createFloatingIp'])
    expect(valueOf(text, 'mooring_unclear_creates_total', `activity="${step}"`)).toBe(0);
  expect(text).toMatch(/mooring_credential_ends_timestamp_seconds\{.*\} 0$/m);
  const { applicationKey, applicationSecret, consumerKey, projectId } = project.credentials;
  for (const secret of [applicationKey, applicationSecret, consumerKey, projectId, 'hunter2'])
    expect(text).not.toContain(secret);

  project.fault({ kind: 'list-incomplete', method: 'GET', path: '/instance', times: 1 });
  const { node } = await (await stack.mooring.start('inspectNode', { region: 'GRA11', name })).result();
  expect(node?.instance.id).toBe(project.instances[0]?.id);
  const incomplete = (seen: string) =>
    valueOf(seen, 'mooring_ovh_incomplete_lists_total', 'project="main"', 'kind="instance"');
  await until(scrape, (seen) => incomplete(seen) === 1);

  const ask = async (path: string, timeoutMs = PATIENCE_MS) =>
    fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
  const ready = await until(
    async () => {
      const answer = await ask('/readyz');
      return { status: answer.status, told: await answer.json() };
    },
    ({ status }) => status === 200,
  );
  expect(ready.told).toEqual({ ready: true, temporal: 'ok', ovh: { [stack.endpoint]: 'ok' } });
  expect([ready.status, (await ask('/healthz')).status, (await ask('/')).status]).toEqual([200, 200, 404]);
  // One line of JSON per event, and two lines for who has started it.
  const lines = worker.output().split('\n').filter(Boolean);
  const events = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Logged);
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([expect.stringMatching(/^worker ready: /)]);
  const of = (step: string) => events.filter((event) => event.step === step && event.node === name);
  expect(of('create-instance')).toMatchObject([{ level: 'info', msg: 'create-instance is done' }]);
  expect(of('create-volume-data').map(({ level, reason, status }) => [level, reason, status])).toEqual([
    ['warn', 'OvhUnavailable', 429],
    ['info', undefined, undefined],
  ]);
  expect(events.filter(({ outcome }) => outcome === 'created')).toMatchObject([
    { node: name, level: 'info' },
  ]);
  expect(worker.output()).not.toMatch(/taskToken|hunter2/);
  // A process that stands still is up, and does nothing.
  worker.signal('SIGSTOP');
  await expect(ask('/healthz', 2000)).rejects.toThrow('timeout');
  worker.signal('SIGCONT');
  await until(
    () => ask('/healthz', 2000).catch(() => undefined),
    (answer) => answer?.status === 200,
  );
  await worker.kill();
});

test('a port that is taken is said in a sentence', async (context) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const project = stack.project();
  const env = { ...workerEnvironment(stack, project), MOORING_METRICS_ADDRESS: `127.0.0.1:${port}` };
  const worker = spawnWorker(env, context);
  const [code] = (await once(worker.child, 'close')) as [number];
  other.close();

  expect(code).toBe(2);
  expect(worker.output()).toMatch(
    /MOORING_METRICS_ADDRESS: metrics cannot be served at 127\.0\.0\.1:\d+: .*in use/,
  );
});

interface Logged {
  level: string;
  msg: string;
  node?: string;
  step?: string;
  reason?: string;
  status?: number;
  outcome?: string;
}

/** The sum of a metric's values, of those with all these labels. */
function valueOf(text: string, metric: string, ...labels: string[]): number {
  const rows = text.split('\n').filter((row) => row.startsWith(`${metric}{`));
  return rows
    .filter((row) => labels.every((label) => row.includes(label)))
    .reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
}
