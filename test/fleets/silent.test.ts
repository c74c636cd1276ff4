import { expect, test } from 'vitest';
import { quickProgram } from '../support/quick-program.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

/* By time-outs that are a tenth of production's: a fleet asks OVH for a minute what it leaves. */

test('a cancelled destroying of a fleet names the nodes that stand where OVH does not show them', async (context) => {
  const quick = await quickProgram();
  context.onTestFinished(() => quick.remove());
  const stack = await Stack.start({ worker: false });
  context.onTestFinished(() => stack.stop());
  const project = stack.project();
  spawnWorker(workerEnvironment(stack, project), context, quick.main);
  const { name: _name, ...node } = project.spec({ volumes: [] });
  // One Temporal serves all tests, and a worker process knows its project as `main`.
  const name = `web-${project.alias}`;
  const spec = { name, project: 'main', count: 2, node: { ...node, project: 'main' } };
  await (await stack.mooring.start('provisionFleet', spec)).result();

  project.fault({ method: 'GET', path: '/instance', kind: 'status', status: 503, after: 2, times: 100_000 });
  const run = await stack.mooring.start('destroyFleet', { name });
  const children = async () => (await run.progress()).fleet?.running;
  await until(children, (running) => running === 2);
  await run.cancel();
  const failure = (await run.result().catch((error: unknown) => error)) as {
    type: string;
    details: { left: object[] };
  };
  expect(failure.type).toBe('Cancelled');
  expect(failure.details.left).toMatchObject([
    { kind: 'instance', id: '', name: `${name}-001` },
    { kind: 'instance', id: '', name: `${name}-002` },
  ]);
  expect(project.instances).toHaveLength(2);
});
