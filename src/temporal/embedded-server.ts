import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { required } from '../contract/required.ts';
import { environmentOf } from './child-environment.ts';
import { freePorts } from './free-ports.ts';
import { killWithUs } from './kill-with-us.ts';
import { creatingPrivately, privateFolder } from './private-folder.ts';
import { resolveTemporalBinary } from './resolve-binary.ts';

type SearchAttributeType = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export interface EmbeddedServerOptions {
  /** Temporal's own port; 0 or absent: any free one. */
  port?: number | undefined;
  /**
   * Opens the UI there; 0: on any free port. Absent: there is none, because the UI checks no host, so that a page of the
   * browser which has its name point here (DNS rebinding) reads and starts workflows through it.
   */
  uiPort?: number | undefined;
  /**
   * Opens Temporal's HTTP API there; 0: on any free port. Absent: it answers nobody, because it takes a request from a
   * page of any origin.
   */
  httpPort?: number | undefined;
  /** Where the database lives. Absent: in memory, gone with the server. */
  dataDir?: string | undefined;
  /** Created if it is missing; `default` always exists. */
  namespace?: string | undefined;
  searchAttributes?: Record<string, SearchAttributeType> | undefined;
  /** Of Temporal's own dynamic configuration, such as `limit.historyCount.suggestContinueAsNew`. */
  dynamicConfig?: Record<string, string | number | boolean> | undefined;
  /** Called with each line that the server or its download prints. */
  log?: ((line: string) => void) | undefined;
  /** Path of the `temporal` CLI. Default: what `resolveTemporalBinary` finds. */
  binary?: string | undefined;
}

export interface EmbeddedServer {
  address: string;
  /** Undefined where `uiPort` was not given. */
  uiUrl: string | undefined;
  /** Undefined where `httpPort` was not given. */
  httpUrl: string | undefined;
  namespace: string;
  /** Path of the `temporal` CLI that runs it. */
  binary: string;
  pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<void>;
  /** Ends it in order; after 10 s by force. */
  stop(): Promise<void>;
  /** Sends it a signal, as a crash test would. */
  kill(signal: NodeJS.Signals): void;
}

/**
 * A task queue of a large cluster has four partitions, and polls and tasks find each other by way of a tree. In one process
 * that is work for nothing: a fifth of the server's processor time for a node.
 */
const ONE_PARTITION = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

/**
 * Starts Temporal's development server on loopback and waits until it answers. It ends with this process, even a killed one.
 * A second start on the same `dataDir` finds its data again; two at once on one `dataDir` are refused.
 *
 * @throws an `Error` of one sentence: a port or the directory is in use, or what the server said before it ended
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  // A port that was free a moment ago may be somebody else's by now: those that nobody asked for are chosen anew.
  const isOurs = [options.port, options.uiPort, options.httpPort].every((port) => !port);
  for (let tries = isOurs && !options.dataDir ? 3 : 1; ; tries -= 1)
    try {
      return await start(options);
    } catch (error) {
      if (tries === 1) throw error;
    }
}

async function start(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { dataDir, namespace = 'default' } = options;
  const binary = options.binary ?? (await resolveTemporalBinary({ log: options.log }));
  const [port = 0, uiPort = 0, httpPort = 0] = await freePorts([
    { port: options.port ?? 0, option: '--port' },
    { port: options.uiPort ?? 0, option: '--ui-port' },
    { port: options.httpPort ?? 0, option: '--http-port' },
  ]);
  if (dataDir) await privateFolder(dataDir);
  const own = `127.0.0.1:${httpPort}`;
  const isOpen = options.httpPort !== undefined;
  // Closed, it has one name, which we alone know and no resolver has; browsers always send the name that they looked up.
  const host = isOpen ? own : `${randomUUID()}.invalid`;
  const hosts = isOpen ? [own, `localhost:${httpPort}`] : [host];

  const args = [...commandLine({ port, uiPort, httpPort, hosts }, options)];
  // Its database holds every spec.
  const child = creatingPrivately(() =>
    spawn(binary, args, {
      // A process group of its own: Ctrl-C must let our workers finish their tasks while the server still answers.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environmentOf(process.env),
    }),
  );
  const lastLine = follow(child, options.log);
  const exited = once(child, 'close').then(() => undefined);
  await once(child, 'spawn');
  const pid = required(child.pid, 'the id of a process that was started');
  void exited.then(killWithUs(pid));

  const stop = () => end(child, exited);
  const httpUrl = `http://${own}`;
  try {
    await answers(`${httpUrl}/api/v1/namespaces/${namespace}`, host, child);
  } catch {
    await stop();
    throw new Error(whyNot(lastLine(), dataDir));
  }
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: options.uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`,
    httpUrl: isOpen ? httpUrl : undefined,
    namespace,
    binary,
    pid,
    exited,
    stop,
    kill: (signal) => void child.kill(signal),
  };
}

function* commandLine(
  ports: { port: number; uiPort: number; httpPort: number; hosts: string[] },
  options: EmbeddedServerOptions,
): Generator<string> {
  const { dataDir, namespace, searchAttributes = {}, dynamicConfig = {} } = options;
  yield* ['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'error'];
  yield* ['--port', `${ports.port}`, '--http-port', `${ports.httpPort}`];
  yield* ['--dynamic-config-value', `frontend.httpAllowedHosts=${JSON.stringify(ports.hosts)}`];
  if (options.uiPort === undefined) yield '--headless';
  else yield* ['--ui-port', `${ports.uiPort}`, '--ui-disable-news-fetch'];
  if (namespace) yield* ['--namespace', namespace];
  for (const [name, type] of Object.entries(searchAttributes))
    yield* ['--search-attribute', `${name}=${type}`];
  for (const [key, value] of Object.entries({ ...ONE_PARTITION, ...dynamicConfig }))
    yield* ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`];
  if (dataDir) {
    yield* ['--db-filename', join(dataDir, 'temporal.db')];
    // Three times the throughput of the default; safe against a killed process, not against power loss.
    yield* ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
    // The lock between two servers: the kernel holds it and frees it with the process, so it can never be stale.
    yield* ['--sqlite-pragma', 'locking_mode=exclusive'];
  }
}

function follow(child: ChildProcess, log: (line: string) => void = () => {}): () => string {
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim()) last = line.trim();
      log(line);
    });
  }
  return () => last;
}

async function answers(url: string, host: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    const look = { headers: { host }, signal: AbortSignal.timeout(2_000) };
    const answer = await request(url, look).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return;
    await delay(50);
  }
  throw new Error('no answer');
}

function whyNot(lastLine: string, dataDir: string | undefined): string {
  if (lastLine.includes('database is locked')) {
    return `The data directory ${dataDir} is in use by another embedded Temporal server; stop that one or choose another directory with --data-dir.`;
  }
  return `The embedded Temporal server did not start: ${lastLine || `no answer within ${startTimeoutMs / 1000} s`}`;
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(force);
}
