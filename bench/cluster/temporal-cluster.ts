import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { freePorts } from '../../src/temporal/free-ports.ts';

const SERVER = 'go.temporal.io/server';
const VERSION = 'v1.32.0';

/** A part of the cluster, to be killed and started again. */
export interface Part {
  start(): Promise<void>;
  /** SIGKILL, and gone. */
  kill(): Promise<void>;
}

interface TemporalCluster {
  address: string;
  postgres: Part;
  temporal: Part;
  stop(): Promise<void>;
}

/**
 * Temporal as people run it, on this machine and without containers: PostgreSQL of the system's packages, and the server
 * built from its Go module (once, about ten minutes).
 */
export async function startCluster(folder: string, log: (line: string) => void): Promise<TemporalCluster> {
  const tools = await buildServer(log);
  const [sqlPort = 0, ...ports] = await lowPorts(10);
  const postgres = await preparePostgres(folder, sqlPort);
  await postgres.start();
  for (const database of ['temporal', 'visibility']) setUpSchema(tools, sqlPort, database);

  const [grpcPort = 0] = ports;
  const address = `127.0.0.1:${grpcPort}`;
  const file = join(folder, 'temporal.yaml');
  await writeFile(file, stringify(configuration(sqlPort, ports)));
  const temporal = processPart(
    join(tools.bin, 'server'),
    ['--config-file', file, '--allow-no-auth', 'start'],
    () => answering(address),
  );
  await temporal.start();
  return {
    address,
    postgres,
    temporal,
    async stop() {
      await temporal.kill();
      await postgres.kill();
    },
  };
}

/** Temporal keeps its ports in PostgreSQL as a smallint: the ones that systems give away are above that. */
async function lowPorts(count: number): Promise<number[]> {
  for (let first = 21_000 + (process.pid % 5000); first < 32_000; first += count)
    try {
      return await freePorts(
        Array.from({ length: count }, (_, index) => ({ port: first + index, option: '' })),
      );
    } catch {
      continue;
    }
  throw new Error('no ten ports between 21000 and 32000 are free');
}

async function buildServer(log: (line: string) => void): Promise<{ bin: string; module: string }> {
  const bin = join(homedir(), '.cache', 'mooring', `temporal-server-${VERSION}`);
  const env = { ...process.env, GOBIN: bin };
  if (!existsSync(join(bin, 'sql'))) {
    log(`building ${SERVER}@${VERSION} into ${bin}; the first time this takes about ten minutes`);
    await mkdir(bin, { recursive: true });
    const packages = ['cmd/server', 'cmd/tools/sql'].map((path) => `${SERVER}/${path}@${VERSION}`);
    execFileSync('go', ['install', ...packages], { env, stdio: 'inherit' });
  }
  const json = execFileSync('go', ['mod', 'download', '-json', `${SERVER}@${VERSION}`], {
    env,
    encoding: 'utf8',
  });
  return { bin, module: (JSON.parse(json) as { Dir: string }).Dir };
}

function setUpSchema({ bin, module }: { bin: string; module: string }, port: number, database: string): void {
  const schema = database === 'temporal' ? 'temporal' : 'visibility';
  const where = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', `${port}`];
  const sql = (...args: string[]) =>
    execFileSync(
      join(bin, 'sql'),
      [...where, '--user', 'temporal', '--password', 'temporal', '--database', database, ...args],
      {
        stdio: 'pipe',
      },
    );
  sql('create-database');
  sql('setup-schema', '-v', '0.0');
  sql('update-schema', '-d', join(module, 'schema', 'postgresql', 'v12', schema, 'versioned'));
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package makes. */
async function preparePostgres(folder: string, port: number): Promise<Part> {
  const bin = execFileSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | tail -1'], {
    encoding: 'utf8',
  }).trim();
  if (!bin) throw new Error('PostgreSQL is missing: apt-get install postgresql');
  const data = join(folder, 'postgres');
  await mkdir(data);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    await chown(folder, uid ?? 0, gid ?? 0);
    await chown(data, uid ?? 0, gid ?? 0);
  }
  const as = (command: string, args: string[]): [string, string[]] =>
    isRoot
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--', command, ...args]]
      : [command, args];
  execFileSync(
    ...as(join(bin, 'initdb'), ['--pgdata', data, '--username', 'temporal', '--auth', 'trust', '--no-sync']),
    {
      stdio: 'pipe',
    },
  );
  const options = ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', data, '-c', 'max_connections=200'];
  return processPart(...as(join(bin, 'postgres'), options), async () => {
    execFileSync(join(bin, 'pg_isready'), ['--host=127.0.0.1', `--port=${port}`], { stdio: 'pipe' });
  });
}

function processPart(command: string, args: string[], ready: () => Promise<void>): Part {
  let child: ChildProcess | undefined;
  return {
    async start() {
      child = spawn(command, args, { stdio: 'ignore' });
      await retried(ready);
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Answers, and has the namespace. */
async function answering(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.workflowService
      .registerNamespace({
        namespace: 'default',
        workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
      })
      .catch((error: { code?: number }) => {
        const ALREADY_EXISTS = 6;
        if (error.code !== ALREADY_EXISTS) throw error;
      });
    await connection.workflowService.describeNamespace({ namespace: 'default' });
  } finally {
    await connection.close();
  }
}

async function retried(act: () => Promise<void>): Promise<void> {
  const until = Date.now() + 90_000;
  for (;;)
    try {
      return await act();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(500);
    }
}

function configuration(sqlPort: number, ports: number[]): object {
  const sql = (databaseName: string, maxConns: number) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${sqlPort}`,
      connectProtocol: 'tcp',
      user: 'temporal',
      password: 'temporal',
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  });
  const service = (first: number) => ({
    rpc: { grpcPort: ports[first], membershipPort: ports[first + 1], bindOnLocalHost: true },
  });
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 512,
      datastores: { default: sql('temporal', 40), visibility: sql('visibility', 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: { frontend: service(0), matching: service(2), history: service(4), worker: service(6) },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `localhost:${ports[0]}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: {
      filepath: fileURLToPath(new URL('../../deploy/dynamic-config.yaml', import.meta.url)),
      pollInterval: '60s',
    },
  };
}
