import { join } from 'node:path';
import { Client, ServiceError } from '@temporalio/client';
import { expect, inject, onTestFinished, test } from 'vitest';
import { errorSentence } from '../../src/cli/report-error.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { within } from '../../src/temporal/within.ts';
import { PATIENCE_MS, PATIENT } from '../support/patience.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a Temporal that has fallen silent is told as such, whatever it was asked', async () => {
  const server = await startEmbeddedServer({
    binary: inject('temporalCli'),
    dataDir: join(await temporaryFolder(), 'temporal'),
  });
  const { client, connection } = await connectClient({ ...PATIENT, address: server.address });
  onTestFinished(() => connection.close());
  const handle = await client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'w' });
  const asked: (() => Promise<unknown>)[] = [() => handle.describe(), () => handle.fetchHistory()];
  for (const ask of asked) await within(connection, PATIENCE_MS, ask);
  server.kill('SIGKILL');
  await server.exited;

  for (const ask of asked) {
    const error = await within(connection, 500, ask).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ServiceError);
    expect(exitCodeOf(error)).toBe(7);
    expect(errorSentence(error)).toMatch(/^Temporal does not answer any more; /);
  }
});

test('a namespace that is not there is told as such, whatever it was asked', async () => {
  const namespace = 'nope';
  const { connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  onTestFinished(() => connection.close());
  const client = new Client({ connection, namespace });
  const handle = client.workflow.getHandle('w');
  const asked: (() => Promise<unknown>)[] = [
    () => client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'mooring' } }),
    () => handle.describe(),
    () => handle.fetchHistory(),
  ];
  for (const ask of asked) {
    const error = await within(connection, PATIENCE_MS, ask).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ServiceError);
    expect(exitCodeOf(error)).toBe(7);
    expect(errorSentence(error)).toMatch(/namespace.*nope|nope.*namespace/i);
  }
});
