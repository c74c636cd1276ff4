import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { timing as production } from '../../src/contract/timing.ts';
import type { SimulatorOptions } from '../../src/simulator/index.ts';
import { isProof } from '../support/proof.ts';
import { quickProgram, quickTiming, type Program } from '../support/quick-program.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';
import { during } from '../support/until.ts';

/*
 * Workers die, and worse: they stand still, are replaced, and wake up. That takes most of a minute by production's
 * time-outs, which a proof has; otherwise all of them are shortened together.
 */

/** No assertion: a machine that is busy may take its time. */
const timing = isProof ? production : quickTiming;

let quick: Program | undefined;
beforeAll(async () => {
  if (!isProof) quick = await quickProgram();
});
afterAll(() => quick?.remove());

/** Each test has a queue of its own, so that its workers take no other's acts. */
async function begin(context: TestContext, simulator: SimulatorOptions = {}) {
  const stack = await Stack.start({ worker: false, simulator });
  context.onTestFinished(() => stack.stop());
  const project = stack.project();
  const env = workerEnvironment(stack, project);
  return {
    stack,
    project,
    startWorker: (program = quick) => spawnWorker(env, context, program?.main),
    // One Temporal serves all tests, and a worker process knows its project as `main`: the name must differ.
    spec: project.spec({ project: 'main', name: `web-${project.alias}` }),
  };
}

const asked = (project: TestProject, call: string) => project.changes.includes(call);

function expectOne(project: TestProject): void {
  expect(project.instances).toHaveLength(1);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [project.instances[0]?.id] }]);
}

test.concurrent('a worker killed between the POST and its answer leaves exactly one', async (context) => {
  const { stack, project, startWorker, spec } = await begin(context);
  const first = startWorker();
  project.fault({ kind: 'hang-after', method: 'POST', path: '/instance', times: 1 });
  const run = await stack.mooring.start('provisionNodeWithVolume', spec);
  await during(run, () => project.instances.length === 1);
  await first.kill();
  startWorker();
  const node = await run.result();

  expectOne(project);
  expect(node.instance.id).toBe(project.instances[0]?.id);
});

test.concurrent(
  'what a killed worker had asked for comes late, and is not asked for again',
  async (context) => {
    const { stack, project, startWorker, spec } = await begin(context, { listLagMs: 1900 });
    // Longer by far than a busy machine takes.
    const underWayMs = isProof ? timing.underWayMs : 20_000;
    const patient = isProof ? undefined : await quickProgram({ underWayMs });
    context.onTestFinished(() => patient?.remove());
    const first = startWorker(patient);
    project.fault({ kind: 'delay', delayMs: underWayMs, method: 'POST', path: '/instance', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    await during(run, () => asked(project, 'POST /instance'));
    await first.kill();
    startWorker(patient);
    await run.result();

    expectOne(project);
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);

test.concurrent(
  'a worker that stands still between look and POST, is replaced and wakes up, posts nothing',
  async (context) => {
    const { stack, project, startWorker, spec } = await begin(context);
    // No machine is so fast that it would take the baseline for a fresh look.
    const hasty = isProof ? undefined : await quickProgram({ freshMs: 1 });
    context.onTestFinished(() => hasty?.remove());
    const first = startWorker(hasty);
    if (isProof)
      project.fault({
        kind: 'delay',
        delayMs: timing.freshMs + 8000,
        method: 'GET',
        path: '/quota',
        times: 1,
      });
    // Both creates look, and OVH asks for patience when the volume is posted, while the look for the instance is under
    // way: so its POST queues behind that look. (The first list of each is the baseline's, the second is that look.)
    for (const [path, delayMs] of [
      ['/volume', 1500],
      ['/instance', 4000],
    ] as const) {
      project.fault({ kind: 'delay', delayMs: 0, method: 'GET', path, times: 1 });
      project.fault({ kind: 'delay', delayMs, method: 'GET', path, times: 1 });
    }
    project.fault({ kind: 'rate-limit', retryAfter: 10, method: 'POST', path: '/volume', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    const posts = () => project.changes.filter((change) => change === 'POST /instance');
    const looked = () =>
      project.calls.filter(
        ({ method, path, status }) => method === 'GET' && path.endsWith('/instance') && status === 200,
      );
    await during(run, () => looked().length === 2);
    // The answer is on its way; nothing outside of the process says when it has read it.
    await sleep(300);
    expect(asked(project, 'POST /instance'), 'it stops before the POST').toBe(false);
    first.signal('SIGSTOP');
    startWorker(hasty);
    // Its heartbeat runs out; the other worker looks, posts and finishes. Then it wakes up with its POST at hand.
    const node = await run.result();
    first.signal('SIGCONT');
    // That nothing is sent shows only in time: the pause that OVH has asked for is over by then, and the POST would go.
    await sleep(8000);

    expectOne(project);
    expect(node.instance.id).toBe(project.instances[0]?.id);
    expect(posts()).toHaveLength(1);
  },
);

test.concurrent(
  'a worker that is told to stop finishes what it has begun, and another goes on',
  async (context) => {
    const { stack, project, startWorker, spec } = await begin(context);
    const first = startWorker();
    project.fault({ kind: 'delay', delayMs: 2000, method: 'POST', path: '/instance', times: 1 });
    const run = await stack.mooring.start('provisionNodeWithVolume', spec);
    await during(run, () => asked(project, 'POST /instance'));
    first.signal('SIGTERM');
    startWorker();
    await run.result();

    expectOne(project);
    expect(project.changes.filter((change) => change === 'POST /instance')).toHaveLength(1);
  },
);
