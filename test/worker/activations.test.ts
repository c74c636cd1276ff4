import { NativeConnection } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { createActivities } from '../../src/activities/index.ts';
import { timing } from '../../src/contract/timing.ts';
import { createWorkers } from '../../src/worker/worker.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

test('no activation is cut off by the SDK: Node would end the worker, and the next one', async () => {
  const stack = await Stack.start({ worker: false });
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const workers = await createWorkers(stack.config, createActivities({} as never), {
    connection,
    namespace: 'default',
    dataConverter: {},
    encodesFailures: false,
  });
  expect(workers[0]?.options).toMatchObject({ isolateExecutionTimeoutMs: timing.fleetTaskMs });
  // A worker that never ran would hold its connection.
  await Promise.all(workers.map(async (worker) => worker.runUntil(async () => undefined)));
  await connection.close();
  await stack.stop();
});

test("Temporal's call stack is short, and names the lines of ours that wait", async () => {
  const stack = await Stack.start({ simulator: { bootMs: 600_000 } });
  const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  const run = await stack.mooring.start('provisionNodeWithVolume', stack.project().spec());
  const handle = client.workflow.getHandle(run.workflowId);
  const callStack = await until(
    () => handle.query<string>('__stack_trace').catch(() => ''),
    (text) => text.includes('provision-node-with-volume.ts'),
  );
  for (const promise of callStack.split('\n\n')) expect(promise).toMatch(/^ +at .+(\n +at .+)?$/);
  await run.cancel();
  await expect(run.result()).rejects.toMatchObject({ type: 'Cancelled' });
  await connection.close();
  await stack.stop();
});
