import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { temporal } from '@temporalio/proto';
import { expect, test } from 'vitest';
import { Mooring } from '../../src/client/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { startEmbeddedServer } from '../../src/temporal/embedded-server.ts';
import { GuestStack, HOST_KEY_SECRET } from '../support/guest-stack.ts';
import { loginKey } from '../support/sshd.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { during } from '../support/until.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';
import { PATIENT } from '../support/patience.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('no key, variable or file of the worker is in histories, logs, heartbeats, ps, errors or the database', async (context) => {
  const dataDir = await temporaryFolder();
  const server = await startEmbeddedServer({ dataDir });
  const guests = await GuestStack.start({ worker: false, temporalAddress: server.address });
  const { stack } = guests;
  const project = await guests.project();
  const script = `#!/bin/sh
# a comment that nobody may read
test "$A" = variable-of-a-file && test "$B" = "$(printf variable-of-; echo the-worker)" && echo right
echo $$ >${guests.file('pid')}
until test -e ${guests.file('goes-on')}; do sleep 0.1; done
exit 3
`;
  const content = 'content-of-a-file\n';
  await writeFile(join(guests.sources, 'variable'), 'variable-of-a-file\n');
  await writeFile(join(guests.sources, 'content'), content);
  await writeFile(join(guests.sources, 'setup.sh'), script);
  const env = {
    ...(await environmentOfAll(stack, context)),
    ...guests.environment,
    TEMPORAL_ADDRESS: server.address,
    MOORING_LOG_LEVEL: 'TRACE',
    TESTS_PASSWORD: 'variable-of-the-worker',
  };
  const worker = spawnWorker(env, context);
  const mooring = await Mooring.connect({
    ...PATIENT,
    address: server.address,
    taskQueue: stack.config.taskQueue,
  });
  const { client, connection } = await connectClient({ ...PATIENT, address: server.address });
  const run = await mooring.start(
    'provisionNodeWithVolume',
    guests.spec(project, {
      deploy: {
        steps: [
          { name: 'conf', file: guests.file('conf'), contentFrom: 'file:content', mode: '0600' },
          {
            name: 'setup',
            scriptFrom: 'file:setup.sh',
            env: { A: { from: 'file:variable' }, B: { from: 'env:TESTS_PASSWORD' } },
          },
        ],
      },
    }),
  );
  const pending = async () => {
    const { raw } = await client.workflow.getHandle(run.workflowId, run.runId).describe();
    return raw.pendingActivities ?? [];
  };
  const heartbeats: unknown[] = [];
  await during(run, async () => {
    heartbeats.push(await pending());
    return (await guests.lines('pid')).length === 1;
  });
  await during(run, pending, (acts) => acts.some(({ activityId }) => activityId === 'await-deploy-setup'));
  heartbeats.push(await pending());
  const processes = ofProcesses('cmdline');
  const [pid] = await guests.lines('pid');
  const environments = ofProcesses('environ')
    .filter(([, text]) => /variable-of-/.test(text))
    .map(([owner]) => owner);
  await writeFile(guests.file('goes-on'), '');
  const error = await run.result().catch((thrown: unknown) => thrown);
  const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  await connection.close();
  await mooring.close();
  await worker.kill();
  const conf = await readFile(guests.file('conf'), 'utf8');
  await guests.stop();
  await server.stop();

  expect(conf).toBe(content);
  expect(error).toMatchObject({
    type: 'ScriptFailed',
    details: { deploy: [{ outcome: 'ran' }, { exitCode: 3, stdout: 'right\n' }] },
  });
  // Whoever is told to have it in its environment has it, and nobody else: the worker by its operator, and the script.
  const others = environments.filter((owner) => owner !== worker.child.pid && !descends(owner, Number(pid)));
  expect(others).toEqual([]);
  const database = await Promise.all(
    (await readdir(dataDir)).map((file) => readFile(join(dataDir, file)).catch(() => Buffer.alloc(0))),
  );
  const places: Record<string, Buffer> = {
    logs: Buffer.from(worker.output()),
    heartbeats: Buffer.from(inspect(heartbeats, { depth: 20, maxArrayLength: null, maxStringLength: null })),
    'heartbeats as JSON': Buffer.from(JSON.stringify(heartbeats)),
    history: Buffer.from(temporal.api.history.v1.History.encode(history).finish()),
    'history as JSON': Buffer.from(JSON.stringify(history)),
    ps: Buffer.from(processes.map(([, text]) => text).join('\n')),
    errors: Buffer.from(inspect(error, { depth: 20, showHidden: true, maxStringLength: null })),
    database: Buffer.concat(database),
  };
  expect(places['database']?.includes('await-deploy-setup')).toBe(true);
  expect(places['ps']?.includes('mooring guest 1') || places['ps']?.includes('.mooring/')).toBe(true);
  expect(places['logs']?.includes('deploy-setup')).toBe(true);
  const key = loginKey().privateKey;
  const secrets: Record<string, string> = {
    'a variable of a file': 'variable-of-a-file',
    'a variable of the worker': 'variable-of-the-worker',
    'the content of a file': content.trim(),
    'the text of a script': 'a comment that nobody may read',
    'the private key': key.split('\n')[2] ?? '',
    'a private key': 'PRIVATE KEY',
    'what host keys are derived from': HOST_KEY_SECRET,
  };
  // Who reads a digest of something short finds out what it is of.
  const digests: Record<string, string> = {
    'the digest of a file': sha256(content),
    'the digest of a script': sha256(script),
    'the digest of a variable': sha256('variable-of-a-file\n'),
  };
  const found = Object.entries(places).flatMap(([where, bytes]) =>
    Object.entries({ ...secrets, ...digests })
      .filter(([, secret]) => formsOf(secret).some((form) => bytes.includes(form)))
      .map(([what]) => `${what} in ${where}`),
  );
  expect(found).toEqual([]);
});

/** As it is, in hexadecimal, and in base64 wherever in a text it begins. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  return [secret, bytes.toString('hex'), ...inBase64];
}

function ofProcesses(file: 'cmdline' | 'environ'): [pid: number, text: string][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, string][] => {
      try {
        return [[Number(name), readFileSync(`/proc/${name}/${file}`, 'latin1')]];
      } catch {
        // It has just ended.
        return [];
      }
    });
}

function descends(pid: number, from: number): boolean {
  if (pid === from) return true;
  try {
    const parent = Number(
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    );
    return parent > 1 && descends(parent, from);
  } catch {
    return true;
  }
}
