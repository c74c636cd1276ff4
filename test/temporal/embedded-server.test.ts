import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { connectClient } from '../../src/temporal/connect.ts';
import {
  startEmbeddedServer,
  type EmbeddedServer,
  type EmbeddedServerOptions,
} from '../../src/temporal/embedded-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function start(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ binary: inject('temporalCli'), ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function startWorkflow({ address, namespace }: EmbeddedServer, workflowId: string): Promise<void> {
  const { client, connection } = await connectClient({ address, namespace });
  await client.workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId });
  await connection.close();
}

async function statusOf({ address, namespace }: EmbeddedServer, workflowId: string): Promise<string> {
  const { client, connection } = await connectClient({ address, namespace });
  const { status } = await client.workflow.getHandle(workflowId).describe();
  await connection.close();
  return status.name;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('answers on its address, its HTTP API and its UI', async () => {
  const server = await start({ namespace: 'nodes', searchAttributes: { Region: 'Keyword' } });

  await startWorkflow(server, 'w');

  expect(await statusOf(server, 'w')).toBe('RUNNING');
  const overHttp = await fetch(`${server.httpUrl}/api/v1/namespaces/nodes/workflows/w`);
  expect(await overHttp.json()).toMatchObject({ workflowExecutionInfo: { execution: { workflowId: 'w' } } });
  expect((await fetch(server.uiUrl)).status).toBe(200);
  const list = ['operator', 'search-attribute', 'list', '--address', server.address, '--namespace', 'nodes'];
  const { stdout } = await promisify(execFile)(server.binary, list);
  expect(stdout).toMatch(/Region\s+Keyword/);
});

test('finds its data again after a stop, and after a kill', async () => {
  const dataDir = await temporaryFolder();

  const first = await start({ dataDir });
  await startWorkflow(first, 'before-stop');
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const second = await start({ dataDir });
  await startWorkflow(second, 'before-kill');
  second.kill('SIGKILL');
  await second.exited;

  const third = await start({ dataDir });
  expect(await statusOf(third, 'before-stop')).toBe('RUNNING');
  expect(await statusOf(third, 'before-kill')).toBe('RUNNING');
});

test('refuses a second server on the same data directory, and leaves the first alone', async () => {
  const dataDir = await temporaryFolder();
  const first = await start({ dataDir });

  await expect(start({ dataDir })).rejects.toThrow(
    `The data directory ${dataDir} is in use by another embedded Temporal server; ` +
      'stop that one or choose another directory with --data-dir.',
  );

  await startWorkflow(first, 'still-served');
});

test.each([
  ['port', '--port'],
  ['uiPort', '--ui-port'],
  ['httpPort', '--http-port'],
] as const)('names the taken port and the option when %s is in use', async (name, option) => {
  const taken = Number(inject('temporalAddress').split(':')[1]);

  await expect(start({ [name]: taken })).rejects.toThrow(
    `Port ${taken} is in use on 127.0.0.1; choose another with ${option}.`,
  );
});

test('listens where it is told to', async () => {
  const free = await start();
  await free.stop();
  const port = Number(free.address.split(':')[1]);

  expect((await start({ port })).address).toBe(`127.0.0.1:${port}`);
});

test('passes on what the server said when it does not start', async () => {
  const start = startEmbeddedServer({ binary: inject('temporalCli'), dataDir: '/dev/null/nowhere' });

  await expect(start).rejects.toThrow(/ENOTDIR/);
  const searchAttributes = { Region: 'Nonsense' as 'Keyword' };
  await expect(startEmbeddedServer({ binary: inject('temporalCli'), searchAttributes })).rejects.toThrow(
    /^The embedded Temporal server did not start: .*Nonsense/,
  );
});

test('tells when the server ends by itself', async () => {
  const server = await start();

  server.kill('SIGKILL');
  await server.exited;

  expect(isAlive(server.pid)).toBe(false);
});

test('leaves no server behind when our process is killed', async () => {
  const module = fileURLToPath(new URL('../../src/temporal/embedded-server.ts', import.meta.url));
  const program = `
    import { startEmbeddedServer } from ${JSON.stringify(module)};
    const { pid } = await startEmbeddedServer({ binary: ${JSON.stringify(inject('temporalCli'))} });
    process.stdout.write(String(pid));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program]);
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(output.toString());
  expect(isAlive(pid)).toBe(true);

  child.kill('SIGKILL');

  await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 });
});
