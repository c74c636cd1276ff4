import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Stack, type TestProject } from '../support/stack.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

/*
 * Workers die, and worse: they stand still, are replaced, and wake up. The heartbeat time-out of 30 s is real here,
 * so these tests take most of a minute each.
 */

let stacks: Stack[];
beforeAll(async () => {
  stacks = await Promise.all([1, 2, 3].map(() => Stack.start({ projects: 1, worker: false })));
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
    await vi.waitUntil(() => project.instances.length === 1, { timeout: 30_000 });
    await first.kill();
    spawnWorker(env, context);
    const node = await run.result();

    expectOne(project);
    expect(node.instance.id).toBe(project.instances[0]?.id);
  },
);

test.concurrent(
  'a worker that stands still between look and POST, is replaced and wakes up, posts nothing',
  { timeout: 150_000 },
  async (context) => {
    const { stack, project, spec } = take();
    const env = workerEnvironment(stack, project);
    const first = spawnWorker(env, context);
    // The second list of instances is the look before the create: the first is the baseline.
    const look = { method: 'GET', path: '/instance', times: 1 } as const;
    project.fault({ kind: 'delay', delayMs: 0, ...look });
    project.fault({ kind: 'delay', delayMs: 1500, ...look });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    const looks = () =>
      project.calls.filter(({ method, path }) => method === 'GET' && path.endsWith('/instance')).length;
    await vi.waitUntil(() => looks() === 2, { timeout: 30_000, interval: 20 });
    expect(asked(project, 'POST /instance'), 'it stops before the POST').toBe(false);
    first.signal('SIGSTOP');
    spawnWorker(env, context);
    // Its heartbeat runs out, the other worker looks, posts, and finishes.
    const node = await run.result();
    first.signal('SIGCONT');
    await new Promise((resolve) => setTimeout(resolve, 5000));

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
      timeout: 30_000,
    });
    first.signal('SIGTERM');
    spawnWorker(env, context);
    await run.result();

    expectOne(project);
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);
