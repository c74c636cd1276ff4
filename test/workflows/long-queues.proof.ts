import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test, type TestContext } from 'vitest';
import type { Run } from '../../src/client/index.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Line } from '../support/line.ts';
import { quickProgram, quickTiming, type Program } from '../support/quick-program.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

/* What waits long: in a worker for its turn at OVH, while that has lost Temporal; and in Temporal for a worker. */

const timing = quickTiming;
const temporal = { address: inject('temporalAddress') };

let quick: Program;
let client: Client;
beforeAll(async () => {
  quick = await quickProgram();
  client = new Client({ connection: await Connection.connect(temporal) });
});
afterAll(async () => {
  await client.connection.close();
  await quick.remove();
});

/** Its create is given to no worker yet. */
async function waitsForAWorker({ workflowId }: Run): Promise<boolean | undefined> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities?.some(({ activityId }) => activityId === 'create-instance');
}

const posts = (project: TestProject) => project.changes.filter((change) => change === 'POST /instance');

/** The POST of an instance waits in its worker for so long: OVH asks for it, when the volume is posted. */
async function queued(context: TestContext, retryAfter: number) {
  const codecKey = `k1:${randomBytes(32).toString('base64')}`;
  const stack = await Stack.start({ worker: false, codecKey });
  context.onTestFinished(() => stack.stop());
  const project = stack.project();
  const line = new Line(temporal.address);
  const env = { ...workerEnvironment(stack, project), MOORING_CODEC_KEY: codecKey };
  const first = spawnWorker({ ...env, TEMPORAL_ADDRESS: await line.mend() }, context, quick.main);
  context.onTestFinished(() => line.cut());
  // OVH takes so long over the quota that the baseline is no fresh look any more, so that there is a look before the POST.
  // (The first list of instances is the baseline's, the second is that look.)
  project.fault({ kind: 'delay', delayMs: timing.freshMs + 500, method: 'GET', path: '/quota', times: 1 });
  project.fault({ kind: 'rate-limit', retryAfter, method: 'POST', path: '/volume', times: 1 });
  const list = { method: 'GET', path: '/instance', times: 1 } as const;
  project.fault({ kind: 'delay', delayMs: 0, ...list });
  project.fault({ kind: 'delay', delayMs: 1000, ...list });
  const run = await stack.mooring.start(
    'provisionNodeWithVolume',
    project.spec({ project: 'main', name: `web-${project.alias}` }),
  );
  const looked = () =>
    project.calls.filter(
      ({ method, path, status }) => method === 'GET' && path.endsWith('/instance') && status === 200,
    );
  await during(run, () => looked().length === 2);
  return { project, run, line, first, startWorker: () => spawnWorker(env, context, quick.main) };
}

/** Another worker is given the run's tasks, and not after the ten seconds for which Temporal waits for the one that had it. */
async function handOver({ workflowId, runId }: Run): Promise<void> {
  const execution = { workflowId, runId };
  await client.workflowService.resetStickyTaskQueue({ namespace: 'default', execution });
}

test.concurrent(
  'a worker that waits for its turn and has lost Temporal posts nothing once its run may be over',
  async (context) => {
    const { project, run, line, first, startWorker } = await queued(context, 12);
    await line.cut();
    startWorker();
    await handOver(run);
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled', details: { left: [] } });
    await until(() => posts(project).length > 0 || first.output().includes('OVH was not asked'));

    expect([...project.instances, ...project.volumes]).toEqual([]);
    expect(posts(project)).toEqual([]);
  },
);

test.concurrent(
  'one that waits longer than it may be silent posts as soon as Temporal says that it still counts',
  async (context) => {
    const { project, run } = await queued(context, 5);
    await run.result();

    expect(project.instances).toHaveLength(1);
    expect(posts(project)).toHaveLength(1);
    const { events } = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const created = events?.find(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityId === 'create-instance',
    );
    const started = events?.find(({ activityTaskStartedEventAttributes: each }) =>
      each?.scheduledEventId?.equals(created?.eventId ?? 0),
    );
    expect(started?.activityTaskStartedEventAttributes?.attempt).toBe(1);
  },
);

test.concurrent(
  'a create that has waited for a worker looks again before it posts: its baseline is old',
  async (context) => {
    const stack = await Stack.start({ worker: false });
    context.onTestFinished(() => stack.stop());
    const project = stack.project();
    const env = workerEnvironment(stack, project);
    const provision = (name: string) =>
      stack.mooring.start('provisionNodeWithVolume', project.spec({ project: 'main', name, volumes: [] }));
    // Temporal gives out one act, and no other for minutes.
    const slow = spawnWorker({ ...env, MOORING_MUTATIONS_PER_SECOND: '0.01' }, context, quick.main);
    await (await provision('web-1')).result();
    const run = await provision('web-2');
    await during(run, () => waitsForAWorker(run));
    // The wait itself: a look is fresh for less.
    await sleep(timing.freshMs + 1000);
    const before = project.calls.length;
    slow.signal('SIGTERM');
    await once(slow.child, 'exit');
    spawnWorker({ ...env, MOORING_MUTATIONS_PER_SECOND: '1000' }, context, quick.main);
    await run.result();

    expect(project.instances).toHaveLength(2);
    const after = project.calls
      .slice(before)
      .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
    expect(after.indexOf('GET instance')).toBeGreaterThanOrEqual(0);
    expect(after.indexOf('GET instance')).toBeLessThan(after.indexOf('POST instance'));
  },
);

test.concurrent(
  'an answer that is lost after a wait for a worker, while lists lag: the window begins with the loss',
  async ({ onTestFinished }) => {
    const settleMs = 4000;
    const stack = await Stack.start({ worker: false, settleMs, simulator: { listLagMs: 2500 } });
    onTestFinished(() => stack.stop());
    const project = stack.project();
    const provision = (name: string) =>
      stack.mooring.start('provisionNodeWithVolume', project.spec({ name, volumes: [] }));
    // Temporal gives out one act, and no other for minutes.
    const slow = await startWorker({ ...stack.config, mutationsPerSecond: 0.01 }, temporal);
    await (await provision('web-1')).result();
    const run = await provision('web-2');
    await during(run, () => waitsForAWorker(run));
    // The wait itself: it has to be longer than the window.
    await sleep(settleMs + 1000);
    expect(posts(project), 'it waits for a worker').toHaveLength(1);
    await slow.stop();
    project.fault({ kind: 'reset-after', method: 'POST', path: '/instance', times: 1 });
    const worker = await startWorker(stack.config, temporal);
    onTestFinished(() => worker.stop());
    const { instance } = await run.result();

    expect(project.instances.map(({ id }) => id)).toContain(instance.id);
    expect(project.instances).toHaveLength(2);
    expect(posts(project)).toHaveLength(2);
  },
);
