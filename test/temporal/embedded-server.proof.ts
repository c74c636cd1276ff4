import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { request } from 'undici';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { connectClient } from '../../src/temporal/connect.ts';
import {
  startEmbeddedServer,
  type EmbeddedServer,
  type EmbeddedServerOptions,
} from '../../src/temporal/embedded-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

async function start(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ binary: inject('temporalCli'), ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function startWorkflow({ address, namespace }: EmbeddedServer, workflowId: string): Promise<void> {
  const { client, connection } = await connectClient({ ...PATIENT, address, namespace });
  await client.workflow.start('nobodyRunsThis', { taskQueue: 'none', workflowId });
  await connection.close();
}

async function statusOf({ address, namespace }: EmbeddedServer, workflowId: string): Promise<string> {
  const { client, connection } = await connectClient({ ...PATIENT, address, namespace });
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
  const open = { uiPort: 0, httpPort: 0 };
  const server = await start({ namespace: 'nodes', searchAttributes: { Region: 'Keyword' }, ...open });

  await startWorkflow(server, 'w');

  expect(await statusOf(server, 'w')).toBe('RUNNING');
  const overHttp = await fetch(`${server.httpUrl}/api/v1/namespaces/nodes/workflows/w`);
  expect(await overHttp.json()).toMatchObject({ workflowExecutionInfo: { execution: { workflowId: 'w' } } });
  // The UI listens on its own, a moment later or sooner.
  await until(async () => (await fetch(server.uiUrl ?? '').catch(() => undefined))?.status === 200);
  const list = ['operator', 'search-attribute', 'list', '--address', server.address, '--namespace', 'nodes'];
  const { stdout } = await promisify(execFile)(server.binary, list);
  expect(stdout).toMatch(/Region\s+Keyword/);
});

/** What listens on loopback for that process. Linux tells, by the inode of each socket. */
async function portsOf(pid: number): Promise<number[]> {
  const links = (await readdir(`/proc/${pid}/fd`)).map((fd) =>
    readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''),
  );
  const inodes = new Set((await Promise.all(links)).map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/));
  const listening = rows.filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(inode));
  return listening.map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}

test.runIf(process.platform === 'linux')(
  'gives a page in a browser nothing unless it is asked to',
  async () => {
    const server = await start();
    await startWorkflow(server, 'secret');
    const path = '/api/v1/namespaces/default/workflows/secret';

    const ports = await portsOf(server.pid);
    const asked = ports.map(async (port) => {
      const answer = await request(`http://127.0.0.1:${port}${path}`, {
        // Rebound to this address or not: any name that a browser can look up.
        headers: { host: `localhost:${port}`, origin: 'https://evil.example' },
        bodyTimeout: 20_000,
        headersTimeout: 20_000,
      }).catch(() => undefined);
      return { port, text: await answer?.body.text() };
    });
    const heard = await Promise.all(asked);

    expect(server).toMatchObject({ uiUrl: undefined, httpUrl: undefined });
    expect(heard.filter(({ text }) => text?.includes('Host not allowed'))).toHaveLength(1);
    expect(heard.filter(({ text }) => text?.includes('secret'))).toEqual([]);
  },
);

test('answers nobody under a foreign name where its HTTP API is open', async () => {
  const server = await start({ httpPort: 0 });
  const url = `${server.httpUrl}/api/v1/namespaces/default`;

  expect((await request(url)).statusCode).toBe(200);
  expect((await request(url, { headers: { host: 'evil.example' } })).statusCode).toBe(403);
});

test('keeps its database for its owner alone, also one that stood open', async () => {
  const dataDir = await temporaryFolder();
  const before = await start({ dataDir });
  await before.stop();
  await chmod(join(dataDir, 'temporal.db'), 0o644);
  await chmod(dataDir, 0o755);

  await startWorkflow(await start({ dataDir }), 'w');

  const files = (await readdir(dataDir)).map((name) => join(dataDir, name));
  expect(files.length).toBeGreaterThan(1);
  const modes = await Promise.all([dataDir, ...files].map(async (path) => (await stat(path)).mode & 0o777));
  expect(modes).toEqual([0o700, ...files.map(() => 0o600)]);
});

test.runIf(process.platform === 'linux')('hands the server and its watchdog no secret of ours', async () => {
  const secrets = { OVH_APPLICATION_SECRET: 'os', OVH_CONSUMER_KEY: 'ck', MOORING_CODEC_KEY: 'k' };
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = await start();

  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ours: string[] = [];
  for (const pid of all) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (stat.replace(/^.*\) /, '').split(' ')[1] === String(process.pid))
      ours.push(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''));
  }

  expect(ours.length).toBeGreaterThanOrEqual(2);
  expect(ours.join('\0').match(/OVH_|MOORING_/g)).toBeNull();
  expect(await readFile(`/proc/${server.pid}/environ`, 'utf8')).toContain('PATH=');
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

  await until(() => !isAlive(pid));
});
