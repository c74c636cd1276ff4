import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import { Mooring, type Run } from '../../src/client/index.ts';
import { CodecKeys } from '../../src/temporal/codec/codec-keys.ts';
import { createCodecServer } from '../../src/temporal/codec/codec-server.ts';
import { failureMessage } from '../../src/temporal/codec/decode.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const codecKey = newKey('k1');
const address = inject('temporalAddress');
const userData = '#cloud-config\npassword: hunter2\n';
const PASSWORD = 'hunter2';
const CODEC_TOKEN = 'a-token-that-is-long';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ codecKey, seemsReal: true });
});
afterAll(() => stack.stop());

/** Everything that anybody who sees Temporal's database can read of a run. */
async function readable({ workflowId, runId }: Pick<Run, 'workflowId' | 'runId'>): Promise<string> {
  const { client, connection } = await connectClient({ ...PATIENT, address, env: {} });
  const raw = await client.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId, runId },
  });
  const description = await client.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId, runId },
  });
  await connection.close();
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString('latin1'));
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(walk);
  };
  walk([raw, description]);
  return texts.join('\n');
}

test('with a key, a run works as ever and its history tells a stranger nothing', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ userData }));
  const node = await run.result();

  expect(node.outcome).toBe('created');
  expect(project.instances[0]?.userData).toContain(PASSWORD);
  const { steps } = await run.progress();
  expect(steps.map(({ about }) => about).join()).toContain(node.instance.name);
  const history = await readable(run);
  expect(history).toContain('createInstance');
  for (const secret of [PASSWORD, 'Debian 12', node.instance.name, node.addresses.publicIpv4 ?? '?'])
    expect(history).not.toContain(secret);
});

test('failures are encrypted, and told to who has the key', async () => {
  const project = stack.project();
  project.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ userData }));
  const failure = await run.result().catch((error: unknown) => error);

  expect(failure).toMatchObject({ type: 'VolumeFailed', details: { left: [] } });
  expect((failure as Error).message).toContain('data');
  expect(project.instances).toEqual([]);
  const failed = (await run.progress()).steps.filter(({ state }) => state === 'failed');
  expect(failed[0]?.message).toMatch(/volume .*error/i);
  const history = await readable(run);
  expect(history).toContain('Encoded failure');
  for (const said of [(failure as Error).message, failed[0]?.message ?? '?', PASSWORD])
    expect(history).not.toContain(said);
});

test('what resists an undo is told to who has the key', async () => {
  const project = stack.project();
  project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
  const refusal = { status: 500, message: 'not today', method: 'DELETE', path: '/instance/*', times: 5 };
  project.fault({ kind: 'status', ...refusal });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  const { undo } = await until(
    () => run.progress(),
    (progress) => progress.undo?.things.some(({ why }) => why?.includes('not today')) === true,
  );
  const now = await readable(run);
  for (const said of ['not today', undo?.things[0]?.name ?? '?']) expect(now).not.toContain(said);
  await expect(run.result()).rejects.toMatchObject({ details: { left: [] } });
  expect(project.instances).toEqual([]);
});

test('after a rotation old runs are read; without a key they are named as encrypted', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  const node = await run.result();

  const rotated = await Mooring.connect({
    ...PATIENT,
    address,
    env: { MOORING_CODEC_KEY: `${newKey('k2')},${codecKey}` },
  });
  expect(await (await rotated.get(project.ref)).result()).toEqual(node);
  await rotated.close();

  const keyless = await Mooring.connect({ ...PATIENT, address, env: {} });
  await expect(keyless.get(project.ref)).rejects.toThrow(
    'this is encrypted with the key "k1"; set MOORING_CODEC_KEY',
  );
  await keyless.close();
});

test('once a key is dropped, what was made under it is destroyed as ever, and a reap leaves it alone', async () => {
  const [project, other] = [stack.project(), stack.project()];
  await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  await (await stack.mooring.start('provisionFleet', other.fleet({ count: 2 }))).result();
  const before = project.snapshot();

  const temporal = { address, env: { MOORING_CODEC_KEY: newKey('k2') } };
  const config = { ...stack.config, taskQueue: `${stack.config.taskQueue}-k2` };
  const worker = await startWorker(config, temporal);
  onTestFinished(() => worker.stop());
  const rotated = await Mooring.connect({ ...temporal, taskQueue: config.taskQueue });
  onTestFinished(() => rotated.close());

  const input = { project: project.alias, apply: true, olderThan: '1s' };
  const reap = async () => (await rotated.start('reap', input)).result();
  const reaped = await reap();
  expect(project.snapshot()).toBe(before);
  const ofNode = [project.instances, project.volumes].flat().map(({ id }) => ({
    id,
    reason: expect.stringContaining('no key opens'),
  }));
  expect(reaped.inProgress).toMatchObject(ofNode);

  // Past the retention such a run keeps nobody waiting.
  const now = Date.now.bind(Date);
  const later = vi.spyOn(Date, 'now').mockImplementation(() => now() + 30 * 24 * 3_600_000);
  const { inProgress, unknown } = await reap().finally(() => later.mockRestore());
  expect(project.snapshot()).toBe(before);
  expect(inProgress).toEqual([]);
  expect(unknown).toMatchObject(ofNode.map(({ id }) => ({ id })));

  await (await rotated.start('destroyNode', project.ref)).result();
  expect([...project.instances, ...project.volumes]).toEqual([]);
  await (await rotated.start('destroyFleet', { project: other.alias, name: 'web' })).result();
  expect([...other.instances, ...other.volumes]).toEqual([]);
});

test("a stranger's plain request is served, and refused with user data that all could read", async () => {
  const project = stack.project();
  const { client, connection } = await connectClient({ ...PATIENT, address, env: {} });
  const start = (spec: object) =>
    client.workflow.start('provisionNodeWithVolume', {
      workflowId: `node.${project.alias}.GRA11.web-1`,
      taskQueue: stack.config.taskQueue,
      args: [spec],
    });
  const refused = await start(project.spec({ userData }));
  await expect((await stack.mooring.get(project.ref)).result()).rejects.toMatchObject({
    type: 'PreflightFailed',
    message: expect.stringContaining('MOORING_CODEC_KEY'),
  });
  expect(project.changes).toEqual([]);
  const served = await start(project.spec());
  expect(await (await stack.mooring.get(project.ref)).result()).toMatchObject({ outcome: 'created' });
  expect(served.firstExecutionRunId).not.toBe(refused.firstExecutionRunId);
  await connection.close();

  const app = createCodecServer({ keys: CodecKeys.parse(codecKey), origins: [], token: CODEC_TOKEN });
  const codec = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await once(codec, 'listening');
  const { port } = codec.address() as AddressInfo;
  const show = [
    'workflow',
    'show',
    '--address',
    address,
    '--workflow-id',
    `node.${project.alias}.GRA11.web-1`,
  ];
  const shown = async (env: NodeJS.ProcessEnv = {}) =>
    (await promisify(execFile)(inject('temporalCli'), [...show, '--output', 'json'], { env })).stdout;
  // In this output data is base64, decrypted or not.
  const start64 = Buffer.from('{"apiVersion"').toString('base64').slice(0, 16);
  // As the guide has it: no secret is an argument.
  const codecServer = {
    TEMPORAL_CODEC_ENDPOINT: `http://127.0.0.1:${port}`,
    TEMPORAL_CODEC_AUTH: `Bearer ${CODEC_TOKEN}`,
  };
  expect(await shown(codecServer)).toContain(start64);
  expect(await shown()).not.toContain(start64);
  codec.close();
});

test('where plaintext is refused, a plain request deletes nothing, and an encrypted one is served', async () => {
  const strict = await Stack.start({ codecKey, refusesPlaintext: true });
  onTestFinished(() => strict.stop());
  const [project, other] = [strict.project(), strict.project()];
  const run = await strict.mooring.start('provisionNodeWithVolume', project.spec());
  expect(await run.result()).toMatchObject({ outcome: 'created' });
  const { client, connection } = await connectClient({ ...PATIENT, address, env: {} });
  const sealed = await connectClient({ ...PATIENT, address, env: { MOORING_CODEC_KEY: codecKey } });
  onTestFinished(async () => {
    await connection.close();
    await sealed.connection.close();
  });

  const { workflowId } = run;
  await client.workflow.start('destroyNode', {
    taskQueue: strict.config.taskQueue,
    workflowId,
    args: [project.ref],
  });
  const refusals = async (id: string) => {
    const { events } = await sealed.client.workflow.getHandle(id).fetchHistory();
    const failures = (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed?.failure ? [failed.failure] : [],
    );
    return Promise.all(failures.map((failure) => failureMessage(sealed.client, failure)));
  };
  const said = await until(
    () => refusals(workflowId),
    (all) => all.length > 0,
  );
  await client.workflow.getHandle(workflowId).terminate();

  expect(said.join()).toContain('MOORING_PLAINTEXT=refuse');
  expect(project.instances).toHaveLength(1);
  expect(project.changes.filter((change) => change.startsWith('DELETE'))).toEqual([]);

  // A ciphertext that was sent to one node does nothing to another.
  const raw = await client.workflowService.getWorkflowExecutionHistory({
    namespace: 'default',
    execution: { workflowId, runId: run.runId },
  });
  const stolen = raw.history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input;
  const elsewhere = `node.${other.alias}.GRA11.web-1`;
  await client.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId: elsewhere,
    workflowType: { name: 'provisionNodeWithVolume' },
    taskQueue: { name: strict.config.taskQueue },
    requestId: elsewhere,
    input: stolen ?? null,
  });
  const toldOff = await until(
    () => refusals(elsewhere),
    (all) => all.length > 0,
  );
  await client.workflow.getHandle(elsewhere).terminate();
  expect(toldOff.join()).toContain('encrypted for another workflow');
  expect(other.changes).toEqual([]);
});

test('fleets and their nodes read each other where plaintext is refused', async () => {
  const strict = await Stack.start({ codecKey, refusesPlaintext: true });
  onTestFinished(() => strict.stop());
  const project = strict.project();
  const { name: _name, ...node } = project.spec();

  const made = await strict.mooring.start('provisionFleet', {
    name: 'web',
    project: project.alias,
    count: 2,
    node,
  });
  expect((await made.result()).nodes).toHaveLength(2);
  expect(project.instances).toHaveLength(2);
  const [reaped] = [await strict.mooring.start('reap', { project: project.alias, apply: false })];
  expect((await reaped.result()).wanted.length).toBeGreaterThan(0);
  const ended = await strict.mooring.start('destroyFleet', { project: project.alias, name: 'web' });
  expect((await ended.result()).nodes).toHaveLength(2);
  expect(project.instances).toEqual([]);
});
