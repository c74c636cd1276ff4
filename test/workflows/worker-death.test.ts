import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Stack, type TestProject } from '../support/stack.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

/*
 * Workers die, and worse: they stand still, are replaced, and wake up. The heartbeat time-out of 30 s is real here,
 * so these tests take most of a minute each.
 */

let stacks: Stack[];
beforeAll(async () => {
  stacks = await Promise.all([1, 2, 3].map(() => Stack.start({ worker: false })));
});
afterAll(() => Promise.all(stacks.map((stack) => stack.stop())));

function take(): { stack: Stack; project: TestProject; spec: ReturnType<TestProject['spec']> } {
  const stack = stacks.pop() as Stack;
  const project = stack.project();
  // One Temporal serves all tests, and a worker process knows its project as `main`: the name must differ.
  return { stack, project, spec: project.spec({ project: 'main', name: `web-${project.alias}` }) };
}

const asked = (project: TestProject, call: string) =>
  project.calls.some(({ method, path }) => `${method} ${path}`.endsWith(call));

function expectOne(project: TestProject): void {
  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]?.id] }]);
}

test.concurrent(
  'a worker killed between the POST and its answer leaves exactly one',
  { timeout: 120_000 },
  async (context) => {
    const { stack, project, spec } = take();
    const env = workerEnvironment(stack, project);
    const first = spawnWorker(env, context);
    project.fault({ kind: 'hang-after', method: 'POST', path: '/instance', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    await vi.waitUntil(() => project.instances.length === 1, { timeout: 60_000 });
    await first.kill();
    spawnWorker(env, context);
    const node = await run.result();

    expectOne(project);
    expect(node.instance.id).toBe(project.instances[0]?.id);
  },
);

test.concurrent(
  'a worker that stands still between look and POST, is replaced and wakes up, posts nothing',
  { timeout: 240_000 },
  async (context) => {
    const { stack, project, spec } = take();
    const env = workerEnvironment(stack, project);
    const first = spawnWorker(env, context);
    // OVH takes so long over the quota that the baseline is no fresh look any more, and asks for patience when the volume
    // is posted, so that the POST of the instance queues behind its look. (The first list of instances is the
    // baseline's, the second is that look.)
    project.fault({ kind: 'delay', delayMs: 31_000, method: 'GET', path: '/quota', times: 1 });
    const list = { method: 'GET', path: '/instance', times: 1 } as const;
    project.fault({ kind: 'rate-limit', retryAfter: 5, method: 'POST', path: '/volume', times: 1 });
    project.fault({ kind: 'delay', delayMs: 0, ...list });
    project.fault({ kind: 'delay', delayMs: 1000, ...list });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    const looked = () =>
      project.calls.filter(
        ({ method, path, status }) => method === 'GET' && path.endsWith('/instance') && status === 200,
      );
    await vi.waitUntil(() => looked().length === 2, { timeout: 90_000, interval: 20 });
    await sleep(300);
    expect(asked(project, 'POST /instance'), 'it stops before the POST').toBe(false);
    first.signal('SIGSTOP');
    spawnWorker(env, context);
    // Its heartbeat runs out; the other worker looks, posts and finishes. Then it wakes up with its POST at hand.
    const node = await run.result();
    first.signal('SIGCONT');
    await sleep(8000);

    expectOne(project);
    expect(node.instance.id).toBe(project.instances[0]?.id);
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);

test.concurrent(
  'a worker that is told to stop finishes what it has begun, and another goes on',
  { timeout: 120_000 },
  async (context) => {
    const { stack, project, spec } = take();
    const env = workerEnvironment(stack, project);
    const first = spawnWorker(env, context);
    project.fault({ kind: 'delay', delayMs: 2000, method: 'POST', path: '/instance', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    await vi.waitUntil(() => asked(project, 'POST /instance') || project.instances.length > 0, {
      timeout: 60_000,
    });
    first.signal('SIGTERM');
    spawnWorker(env, context);
    await run.result();

    expectOne(project);
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);
