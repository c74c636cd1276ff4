/*
 * `npm run test:containers`: the image as the Dockerfile says, and the Compose file with the simulator, for real. Nodes are
 * provisioned while workers, PostgreSQL and Temporal are killed; what stands is looked at; all is taken down, and nothing
 * stays. Without Docker it brings up a daemon and stand-ins for the images where it can, and says why where it cannot.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Mooring, type NodeSpec } from '../../src/client/index.ts';
import type { SimulatorState } from '../../src/simulator/index.ts';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { resolveTemporalBinary } from '../../src/temporal/resolve-binary.ts';
import { findDocker } from './docker.ts';
import packageJson from '../../package.json' with { type: 'json' };

const IMAGE = `mooring:${packageJson.version}`;

const root = fileURLToPath(new URL('../../', import.meta.url));
process.chdir(root);
const found = await findDocker(resolveTemporalBinary, ['docker-compose.yml', 'Dockerfile']);
if (typeof found === 'string') {
  process.stdout.write(`skipped: ${found}\n`);
  process.exit();
}
const docker = found;

const name = `mooring-containers-${process.pid}`;
const [temporal, http, ui, prometheus] = await freePorts(
  Array.from({ length: 4 }, () => ({ port: 0, option: '' })),
);
Object.assign(docker.env, {
  COMPOSE_PROJECT_NAME: name,
  MOORING_TEMPORAL_PORT: `${temporal}`,
  MOORING_HTTP_PORT: `${http}`,
  MOORING_UI_PORT: `${ui}`,
  MOORING_PROMETHEUS_PORT: `${prometheus}`,
});
const env = ['--env-file', 'deploy/simulator.env'];
const profiles = ['ui', 'http', 'metrics'].flatMap((profile) => ['--profile', profile]);
const compose = async (...args: string[]) => docker.ask('compose', ...env, ...profiles, ...args);

const wrong: string[] = [];
const expect = (isSo: boolean, what: string) => void (isSo || wrong.push(what));

/** Says how long something took. */
async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await act();
  process.stdout.write(`${what}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  return result;
}

async function until<T>(
  what: string,
  look: () => Promise<T>,
  isSo: (seen: T) => boolean,
  seconds = 180,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(500)) {
    const seen = await look().catch((error: Error) => error);
    if (!(seen instanceof Error) && isSo(seen)) return seen;
    if (Date.now() > end) {
      const last = seen instanceof Error ? seen.message : JSON.stringify(seen);
      throw new Error(`${what}: not within ${seconds} s, but ${last}`);
    }
  }
}

interface Container {
  Name: string;
  Service: string;
  State: string;
  Health: string;
  ExitCode: number;
}

async function containers(): Promise<Container[]> {
  const lines = (await compose('ps', '--all', '--format', 'json')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Container);
}

const ONCE = ['schema', 'namespace'];
const isUp = ({ Service, State, Health }: Container) =>
  ONCE.includes(Service)
    ? State === 'exited'
    : State === 'running' && (Health === 'healthy' || Health === '');
const allUp = async () =>
  until('everything is up', containers, (all) => all.length === 11 && all.every(isUp));

/** What OVH holds, asked in the simulator's own container: from anywhere else nobody may. */
async function ovh(): Promise<SimulatorState> {
  const url = 'https://127.0.0.1:8443/_simulator/state';
  return JSON.parse(
    await compose('exec', '-T', 'simulator', 'node', 'deploy/health.mjs', url),
  ) as SimulatorState;
}

async function nodeOf(service: string, index: number, signal: string): Promise<void> {
  // The first process is Docker's own; what it started is the worker.
  const command = `kill -s ${signal} $(cat /proc/1/task/1/children)`;
  await compose('exec', '-T', '--index', `${index}`, service, 'sh', '-c', command);
}

/** As a machine that loses power, and comes back. */
async function crash(service: string): Promise<void> {
  const id = await compose('ps', '--quiet', service);
  await docker.ask('kill', '--signal', 'KILL', id);
  await docker.ask('start', id);
}

const spec = (node: string): NodeSpec => ({
  name: node,
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [{ name: 'data', size: 20 }],
});

const connect = async () => Mooring.connect({ address: `127.0.0.1:${temporal}` });

/** Provisions a node, and meanwhile does something terrible. */
async function provisionThrough(node: string, terrible: () => Promise<void>): Promise<void> {
  const mooring = await connect();
  const run = await mooring.start('provisionNodeWithVolume', spec(node));
  await until('the instance is asked for', ovh, ({ instances }) =>
    instances.some((one) => one.name.startsWith(`${node}-`)),
  );
  await terrible();
  await until(
    'Temporal answers',
    async () => run.progress(),
    () => true,
  );
  const result = await until(
    'the result',
    async () => run.result(),
    () => true,
    300,
  );
  await mooring.close();
  const { instances, volumes } = await ovh();
  const own = instances.filter((one) => one.name.startsWith(`${node}-`));
  const data = volumes.filter((one) => one.name.startsWith(`${node}-`));
  expect(own.length === 1 && own[0]?.id === result.instance.id, `${node}: ${own.length} instances`);
  expect(data.length === 1 && data[0]?.id === result.volumes[0]?.id, `${node}: ${data.length} volumes`);
}

async function image(): Promise<void> {
  const [inspected] = JSON.parse(await docker.ask('image', 'inspect', IMAGE)) as [
    { Size: number; Config: { User: string; Healthcheck?: { Test: string[] } } },
  ];
  process.stdout.write(`image: ${Math.round(inspected.Size / 1e6)} MB, user ${inspected.Config.User}\n`);
  expect(inspected.Config.User === 'node', 'the image runs as somebody else');
  expect(
    inspected.Config.Healthcheck?.Test.join(' ') === 'CMD node deploy/health.mjs',
    'the image has no HEALTHCHECK',
  );
  const { code, said } = await docker.tried('run', '--rm', '--read-only', IMAGE, 'version');
  expect(code === 0 && said.includes(packageJson.version), `version says ${said}`);
}

/** A secret that only root may read is said in a sentence. */
async function secrets(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-secrets-'));
  await chmod(folder, 0o755);
  const file = join(folder, 'application-secret');
  await writeFile(file, 'hidden', { mode: 0o600 });
  const variables = {
    OVH_CLOUD_PROJECT_SERVICE: 'project',
    OVH_APPLICATION_KEY: 'key',
    OVH_APPLICATION_SECRET_FILE: '/run/secrets/application-secret',
    OVH_CONSUMER_KEY: 'consumer',
    MOORING_OWNER: 'containers',
  };
  const given = Object.entries(variables).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  const { code, said } = await docker.tried(
    ...['run', '--rm', '--read-only', '--volume', `${folder}:/run/secrets:ro`, ...given, IMAGE, 'worker'],
  );
  await rm(folder, { recursive: true });
  const sentence =
    'OVH_APPLICATION_SECRET_FILE: cannot read /run/secrets/application-secret (EACCES): user 1000';
  expect(code === 8 && said.includes(sentence), `an unreadable secret ends with ${code}: ${said}`);
  const other = await docker.tried('compose', 'run', '--rm', 'worker');
  expect(other.code !== 0, 'real workers start without an owner');
  Object.assign(docker.env, { MOORING_USER_DATA: join(folder, 'nowhere') });
  const missing = await docker.tried('compose', ...env, 'run', '--rm', '--no-deps', 'worker', 'version');
  delete docker.env['MOORING_USER_DATA'];
  expect(missing.code !== 0 && missing.said.includes('nowhere'), `a folder that is missing: ${missing.said}`);
}

/** A worker that stands still is told from one that works. */
async function standsStill(): Promise<void> {
  await nodeOf('worker', 1, 'STOP');
  const health = async () =>
    (await containers()).filter(({ Service }) => Service === 'worker').map(({ Health }) => Health);
  await until('a stopped worker is unhealthy', health, (seen) => seen.includes('unhealthy'));
  await nodeOf('worker', 1, 'CONT');
  await until('a continued worker is healthy', health, (seen) => seen.every((each) => each === 'healthy'));
}

/** What a worker says of itself. */
async function readyz(): Promise<{ ready: boolean; temporal: string }> {
  const url = 'http://127.0.0.1:9464/readyz';
  const { said } = await docker.tried(
    'compose',
    ...env,
    'exec',
    '-T',
    'worker',
    'node',
    'deploy/health.mjs',
    url,
  );
  return JSON.parse(said.split('\n')[0] ?? '') as { ready: boolean; temporal: string };
}

async function confined(): Promise<void> {
  const script =
    'touch /app/x 2>/dev/null || touch /x 2>/dev/null && echo written; id -u; grep CapEff /proc/self/status';
  const said = await compose('exec', '-T', 'worker', 'sh', '-c', script);
  expect(!said.includes('written'), 'a worker can write its own programs');
  expect(/^1000$/m.test(said) && /CapEff:\s+0+$/m.test(said), `a worker is ${said}`);
}

async function watched(): Promise<void> {
  const up = async () => {
    const answer = await fetch(`http://127.0.0.1:${prometheus}/api/v1/query?query=up`);
    const { data } = (await answer.json()) as {
      data: { result: { metric: { job: string }; value: [number, string] }[] };
    };
    return data.result.filter(({ value }) => value[1] === '1').map(({ metric }) => metric.job);
  };
  await until('Prometheus has found all', up, (jobs) => jobs.sort().join() === 'mooring,mooring,temporal');
  const page = await fetch(`http://127.0.0.1:${ui}/`);
  const api = await fetch(`http://127.0.0.1:${http}/api/v1/system-info`);
  expect(page.ok && api.ok, `the doors answer ${page.status} and ${api.status}`);
}

async function takenDown(): Promise<void> {
  await timed('a worker ends by SIGTERM', () => compose('stop', 'worker'));
  const workers = (await containers()).filter(({ Service }) => Service === 'worker');
  expect(
    workers.every(({ ExitCode }) => ExitCode === 0),
    `workers ended with ${workers.map((one) => one.ExitCode).join()}`,
  );
  await timed('down', () => compose('down', '--volumes', '--remove-orphans'));
  const label = `label=com.docker.compose.project=${name}`;
  for (const kind of ['container', 'volume', 'network']) {
    const all = kind === 'container' ? ['--all'] : [];
    expect((await docker.ask(kind, 'ls', ...all, '--quiet', '--filter', label)) === '', `${kind}s are left`);
  }
}

const steps: [what: string, act: () => Promise<unknown>][] = [
  ['build', () => compose('build', '--quiet')],
  ['the image', image],
  ['secrets that cannot be read', secrets],
  ['up', () => compose('up', '--detach').then(allUp)],
  ['rights', confined],
  ['metrics, UI and HTTP API', watched],
  ['a worker is killed', () => provisionThrough('web-1', () => nodeOf('worker', 1, 'KILL'))],
  [
    'both workers are killed',
    () =>
      provisionThrough('web-2', async () => {
        await nodeOf('worker', 1, 'KILL');
        await nodeOf('worker', 2, 'KILL');
      }),
  ],
  ['PostgreSQL is killed', () => provisionThrough('web-3', () => crash('postgres'))],
  ['Temporal is killed', () => provisionThrough('web-4', () => crash('temporal'))],
  ['a worker stands still', standsStill],
  [
    'readiness',
    async () => {
      await until('ready', readyz, ({ ready }) => ready);
      await compose('stop', 'temporal');
      await until('not ready', readyz, ({ ready, temporal }) => !ready && temporal !== 'ok');
      await compose('start', 'temporal');
      await until('ready again', readyz, ({ ready }) => ready);
    },
  ],
  [
    'down and up again',
    async () => {
      await compose('down');
      await compose('up', '--detach');
      await allUp();
      // Its database has stayed, its addresses have not: healthy means that it serves.
      const mooring = await connect();
      await timed('  from healthy to an answer', () => mooring.get({ region: 'GRA11', name: 'web-1' }));
      await mooring.close();
      await provisionThrough('web-5', async () => undefined);
    },
  ],
  ['taken down', takenDown],
];

try {
  for (const [what, act] of steps) await timed(what, act);
} catch (error) {
  wrong.push((error as Error).message);
  process.stdout.write(`${await compose('ps', '--all').catch(String)}\n`);
  process.stdout.write(`${await compose('logs', '--tail', '15').catch(String)}\n`);
} finally {
  await compose('down', '--volumes', '--remove-orphans').catch((error: Error) => wrong.push(error.message));
  await docker.stop();
}
for (const each of wrong) process.stdout.write(`WRONG: ${each}\n`);
process.stdout.write(
  wrong.length === 0 ? 'containers: all as promised\n' : `containers: ${wrong.length} wrong\n`,
);
process.exit(wrong.length === 0 ? 0 : 1);
