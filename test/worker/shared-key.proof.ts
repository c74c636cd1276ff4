import { expect, test } from 'vitest';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';

test('three workers of a queue share the limit of their key, and two of them once one has died', async (context) => {
  const stack = await Stack.start({ worker: false });
  context.onTestFinished(() => stack.stop());
  const project = stack.project();
  const env = { ...workerEnvironment(stack, project), MOORING_MUTATIONS_PER_SECOND: '1000' };
  const ports = await freePorts([1, 2, 3].map(() => ({ port: 0, option: '' })));
  const three = ports.map((port) => {
    const address = `127.0.0.1:${port}`;
    return { address, worker: spawnWorker({ ...env, MOORING_METRICS_ADDRESS: address }, context) };
  });
  /** What its governor admits in a second. */
  const rateOf = async ({ address }: { address: string }) => {
    const text = await (await fetch(`http://${address}/metrics`).catch(() => undefined))?.text();
    return Number(/^mooring_ovh_requests_per_second\{.*\} (.*)$/m.exec(text ?? '')?.[1] ?? Number.NaN);
  };
  await until(async () => (await Promise.all(three.map(rateOf))).every((rate) => rate > 6.6 && rate < 6.7));

  await three[2]?.worker.kill();
  const two = three.slice(0, 2);
  await until(async () => (await Promise.all(two.map(rateOf))).every((rate) => rate > 9.9));
  const run = await stack.mooring.start(
    'provisionNodeWithVolume',
    project.spec({ project: 'main', name: `web-${project.alias}` }),
  );
  await run.result();
  expect(project.instances).toHaveLength(1);
});
