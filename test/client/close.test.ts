import { Client, Connection, ServiceError } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { Mooring, MooringClosed } from '../../src/client/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { Line } from '../support/line.ts';
import { PATIENCE_MS, PATIENT } from '../support/patience.ts';
import { Stack } from '../support/stack.ts';

/* A test fails also where something is thrown that no promise catches: vitest counts it. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
});
afterAll(() => stack.stop());

/** A run that stays open, since no worker serves it, and what waits for it. */
async function waitingFor(mooring: Mooring) {
  const run = await mooring.start('listNodes', { project: stack.project().alias });
  onTestFinished(async () => {
    const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
    await client.workflow.getHandle(run.workflowId).terminate('the test is over');
    await connection.close();
  });
  const watch = async () => {
    for await (const { status } of run.watch({ everyMs: 3_600_000 })) expect(status).toBe('running');
  };
  const ends = [
    run.result(),
    run.result({ timeoutMs: 3_600_000 }),
    run.result({ timeoutMs: 2 ** 31 }),
    watch(),
  ].map((end) =>
    end.then(
      () => 'ended',
      (error: unknown) => error,
    ),
  );
  await run.progress();
  return { run, ends };
}

test('whatever waits for a run ends at once when the Mooring is closed', async () => {
  const mooring = await Mooring.connect({
    ...PATIENT,
    address: inject('temporalAddress'),
    taskQueue: stack.config.taskQueue,
  });
  const { run, ends } = await waitingFor(mooring);
  await mooring.close();
  for (const end of await Promise.all(ends)) expect(end).toBeInstanceOf(MooringClosed);
  await expect(run.progress()).rejects.toBeInstanceOf(MooringClosed);
});

test('a connection that somebody else has made is not closed with it', async () => {
  const connection = await Connection.connect({
    address: inject('temporalAddress'),
    connectTimeout: PATIENCE_MS,
  });
  onTestFinished(() => connection.close());
  const mooring = Mooring.from(new Client({ connection }), { ...PATIENT, taskQueue: stack.config.taskQueue });
  const { ends } = await waitingFor(mooring);
  await mooring.close();
  for (const end of await Promise.all(ends)) expect(end).toBeInstanceOf(MooringClosed);
  await connection.workflowService.getSystemInfo({});
});

test('nothing is thrown where each call is about to be tried again, since the line to Temporal is down', async () => {
  const line = new Line(inject('temporalAddress'));
  const { client, connection } = await connectClient({ ...PATIENT, address: await line.mend() });
  const mooring = Mooring.from(client, { ...PATIENT, taskQueue: stack.config.taskQueue });
  const { run, ends } = await waitingFor(mooring);
  // It ends when its next try finds the connection closed.
  const last = client.workflow
    .getHandle(run.workflowId)
    .result()
    .catch((error: unknown) => error);
  await line.cut();
  await mooring.close();
  await connection.close();
  for (const end of await Promise.all(ends)) expect(end).toBeInstanceOf(MooringClosed);
  expect(await last).toBeInstanceOf(ServiceError);
});
