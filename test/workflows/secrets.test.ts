import { randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { connectClient } from '../../src/temporal/connect.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { Mooring } from '../../src/client/index.ts';
import { Stack } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';
import { PATIENT } from '../support/patience.ts';

test("no secret is in logs, errors, histories or the bytes of Temporal's database", async (context) => {
  const dataDir = await temporaryFolder();
  const server = await startEmbeddedServer({ dataDir });
  const stack = await Stack.start({ worker: false });
  const project = stack.project();
  const { applicationKey, applicationSecret, consumerKey } = project.credentials;
  const codecKey = `test:${randomBytes(32).toString('base64')}`;
  const userData = '#cloud-config\n# a password that nobody may read\n';
  const env = {
    ...workerEnvironment(stack, project),
    TEMPORAL_ADDRESS: server.address,
    MOORING_LOG_LEVEL: 'DEBUG',
    MOORING_CODEC_KEY: codecKey,
  };
  const worker = spawnWorker(env, context);
  const mooring = await Mooring.connect({
    ...PATIENT,
    address: server.address,
    taskQueue: stack.config.taskQueue,
    env: { MOORING_CODEC_KEY: codecKey },
  });

  // Something of everything that could talk: a success, a refusal, a lost answer, a key that OVH no longer knows.
  project.fault({ kind: 'reset-after', method: 'POST', path: '/volume', times: 1 });
  project.fault({ kind: 'status', status: 403, method: 'GET', path: '/flavor', times: 1 });
  const first = await mooring.start(
    'provisionNodeWithVolume',
    project.spec({ project: 'main', name: 'one', userData }),
  );
  const errors: unknown[] = [await first.result().catch((error: unknown) => error)];
  project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
  const second = await mooring.start(
    'provisionNodeWithVolume',
    project.spec({ project: 'main', name: 'two', userData }),
  );
  errors.push(await second.result().catch((error: unknown) => error));
  expect(errors[1]).toMatchObject({ type: 'InstanceFailed' });
  const { client, connection } = await connectClient({ ...PATIENT, address: server.address });
  const histories = await Promise.all(
    [first, second].map(({ workflowId, runId }) =>
      client.workflow.getHandle(workflowId, runId).fetchHistory(),
    ),
  );
  await connection.close();
  await mooring.close();
  await worker.kill();
  await server.stop();
  await stack.stop();

  const database = await Promise.all(
    (await readdir(dataDir)).map((file) => readFile(join(dataDir, file)).catch(() => '')),
  );
  const texts: Record<string, string> = {
    logs: worker.output(),
    errors: inspect(errors, { depth: 20, showHidden: true }),
    histories: histories.map((history) => Buffer.from(JSON.stringify(history)).toString()).join(),
    'decoded histories': inspect(histories, { depth: 30, maxArrayLength: null }),
    database: database.map((bytes) => bytes.toString('latin1')).join(),
  };
  expect(texts['database']?.length).toBeGreaterThan(100_000);
  expect(texts['database']).toContain('provisionNodeWithVolume');
  for (const [where, text] of Object.entries(texts))
    for (const [what, secret] of Object.entries({
      applicationSecret,
      consumerKey,
      applicationKey,
      codecKey,
      userData,
    })) {
      expect(text.includes(secret), `${what} in ${where}`).toBe(false);
      expect(
        text.includes(Buffer.from(secret).toString('base64').slice(0, -3)),
        `${what} in ${where}, in base64`,
      ).toBe(false);
    }
});
