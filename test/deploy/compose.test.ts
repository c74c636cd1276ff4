import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
// Of github.com/compose-spec/compose-go v2.16.2, Apache License 2.0.
import schema from './compose-spec.json' with { type: 'json' };
import { createSimulator } from '../../src/simulator/index.ts';
import { ovhEnvironment } from '../support/scene.ts';

interface Service {
  image: string;
  build?: string;
  pull_policy?: string;
  command?: string[];
  profiles?: string[];
  ports?: string[];
  volumes?: (string | Mount)[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
  restart?: string;
  cap_add?: string[];
  tmpfs?: string[];
  environment?: Record<string, string | null>;
}

interface Mount {
  source: string;
  target: string;
  read_only?: boolean;
  bind?: { create_host_path: boolean };
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

const root = new URL('../../', import.meta.url);
const text = await readFile(new URL('docker-compose.yml', root), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
// What Compose itself says of merging: this one replaces.
const override = (collection: 'map' | 'seq') => ({ tag: '!override', collection });
const simulated = parse(await readFile(new URL('deploy/simulator.yml', root), 'utf8'), {
  customTags: (tags) => [...tags, override('map'), override('seq')],
}) as Compose;
const all = [...services, ...Object.entries(simulated.services)];

/** Where a variable may say otherwise, what is taken without it. */
const unlessSaid = (value: string) => value.replace(/\$\{\w+:?-([^}]*)\}/, '$1');
const sourceOf = (volume: string | Mount) =>
  unlessSaid(typeof volume === 'string' ? (volume.split(/:(?=\/)/)[0] ?? '') : volume.source);
const targetOf = (volume: string | Mount) =>
  typeof volume === 'string' ? volume.split(':').at(-2) : volume.target;

test.each([
  ['docker-compose.yml', compose],
  ['deploy/simulator.yml', simulated],
])('%s is a Compose file by the letter of the specification', (_, file) => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);

  validate(file);

  expect(validate.errors ?? []).toEqual([]);
});

test.each(services)('%s publishes its ports on loopback only', (_, { ports = [] }) => {
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{MOORING_[A-Z]+_PORT:-(\d+)\}:\1$/);
});

test('opens what a browser can reach only when a profile asks for it, and behind the door', async () => {
  const published = (all: typeof services) =>
    all.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port.split(':').at(-1)}`));
  const door = (each: Service | undefined) => each?.environment?.['DOOR_TO'];

  expect(published(services.filter(([, { profiles }]) => !profiles))).toEqual(['temporal 7233']);
  expect(published(services).sort()).toEqual([
    'http-door 7243',
    'prometheus 9090',
    'temporal 7233',
    'ui-door 8080',
  ]);
  expect(door(compose.services['ui-door'])).toBe('http://ui:8080');
  expect(door(compose.services['http-door'])).toBe('http://temporal:7243');
  const dynamic = parse(await readFile(new URL('deploy/dynamic-config.yaml', root), 'utf8'));
  // Whoever is inside calls it by the name that the door has for it; a page by any other.
  expect(dynamic['frontend.httpAllowedHosts']).toEqual([{ value: ['temporal:7243'] }]);
});

test.each(services)('%s runs a pinned version', (_, { image }) => {
  expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
});

test('waits only for what can come true', () => {
  const awaited = services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on));
  const targets = (condition: string) =>
    awaited.filter(([, wanted]) => wanted.condition === condition).map(([name]) => compose.services[name]);

  const always = services.filter(([, { profiles }]) => !profiles).map(([name]) => name);
  expect(always).toEqual(expect.arrayContaining(awaited.map(([name]) => name)));
  for (const target of targets('service_healthy')) expect(target).toHaveProperty('healthcheck');
  // One that is started again and again never completes.
  for (const target of targets('service_completed_successfully'))
    expect(target).not.toHaveProperty('restart');
});

test('mounts only what the project has', () => {
  const sources = all.flatMap(([, { volumes = [] }]) => volumes.map(sourceOf));
  const files = sources.filter((source) => source.startsWith('./'));
  const named = sources.filter((source) => /^\w/.test(source));

  expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  expect(Object.keys({ ...compose.volumes, ...simulated.volumes })).toEqual(expect.arrayContaining(named));
});

test('hands a worker every variable that it reads', async () => {
  const sources = [
    'src/worker/config.ts',
    'src/worker/configuration/host-key-secrets.ts',
    'src/worker/configuration/projects.ts',
    'src/worker/configuration/settings.ts',
    'src/ovh/configuration/load-credentials.ts',
    'src/temporal/codec/codec-keys.ts',
    'src/worker/traces.ts',
    'src/worker/trace-sampler.ts',
  ];
  const code = await Promise.all(sources.map((path) => readFile(new URL(path, root), 'utf8')));
  const read = new Set(code.join('\n').match(/\b(MOORING|OVH|OTEL)_[A-Z_]*[A-Z]\b/g));
  // The build makes the bundle, and a worker finds it there.
  read.delete('MOORING_WORKFLOW_BUNDLE');
  // A constant of ours.
  read.delete('MOORING_VERSION');

  expect(Object.keys(compose.services['worker']?.environment ?? {})).toEqual(
    expect.arrayContaining([...read]),
  );
});

const kept = all.filter(([, service]) => service !== simulated.services['worker']);
test.each(kept)('%s gains no rights and changes none of its programs', (name, service) => {
  expect(service).toMatchObject({
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    read_only: name !== 'ui',
  });
  expect(service.cap_add ?? []).toEqual(
    name === 'postgres' ? ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'] : [],
  );
  expect(service.tmpfs).toContain('/tmp');
});

test('keeps user data, which whoever starts runs can read, apart from secrets', () => {
  const { environment, volumes = [] } = compose.services['worker'] ?? {};
  const folders = volumes.map(targetOf);

  expect(folders.sort()).toEqual(['/run/secrets', '/run/user-data']);
  expect(environment?.['MOORING_USER_DATA_DIR']).toBe('/run/user-data');
});

test('tells Prometheus where workers serve their metrics', async () => {
  const { scrape_configs: jobs } = parse(await readFile(new URL('deploy/prometheus.yml', root), 'utf8')) as {
    scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[];
  };
  const [found] = jobs.find(({ job_name }) => job_name === 'mooring')?.dns_sd_configs ?? [];

  expect(found?.names).toEqual(['worker']);
  // Set and empty, it is switched off.
  for (const { services } of [compose, simulated])
    expect(services['worker']?.environment?.['MOORING_METRICS_ADDRESS']).toBe(
      `\${MOORING_METRICS_ADDRESS-0.0.0.0:${found?.port}}`,
    );
});

test('refuses to start real workers without an owner, and a database without a password', () => {
  expect(compose.services['worker']?.environment?.['MOORING_OWNER']).toMatch(/^\$\{MOORING_OWNER:\?/);
  expect(compose.services['postgres']?.environment?.['POSTGRES_PASSWORD']).toMatch(
    /^\$\{POSTGRES_PASSWORD:\?/,
  );
});

test('needs nothing but the file for the simulator, and keeps it apart from an installation', async () => {
  const given = parseEnv(await readFile(new URL('deploy/simulator.env', root), 'utf8'));
  const required = [...text.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);

  expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
  expect(given['COMPOSE_FILE']).toBe('docker-compose.yml:deploy/simulator.yml');
  expect(given['COMPOSE_PROJECT_NAME']).not.toBe((compose as { name?: string }).name);
  // Both can stand side by side.
  const ports = [...text.matchAll(/\$\{(MOORING_[A-Z]+_PORT):-(\d+)\}/g)];
  expect(ports).toHaveLength(4);
  for (const [, name = '', usual] of ports) expect(Number(given[name])).toBe(Number(usual) + 10_000);
});

test('gives the workers of the simulator its keys, and nothing of what a shell has configured for real', () => {
  const { command = [] } = simulated.services['simulator'] ?? {};
  const seed = Number(command[command.indexOf('--seed') + 1]);
  const { OVH_ENDPOINT: _itsOwn, ...keys } = ovhEnvironment('', createSimulator({ seed }).first);
  const { environment = {}, volumes = [] } = simulated.services['worker'] ?? {};

  expect(environment).toMatchObject(keys);
  const fromShell = Object.entries(environment).filter(([, value]) => /^\$|^$/.test(value ?? ''));
  expect(fromShell.map(([name]) => name)).toEqual([
    'TEMPORAL_NAMESPACE',
    'MOORING_METRICS_ADDRESS',
    'MOORING_LOG_LEVEL',
  ]);
  expect(volumes.map(targetOf)).toEqual(['/run/simulator', '/run/user-data']);
});

test('builds its image once, and never asks a registry for it', () => {
  const ours = all.filter(([, { image }]) => image?.startsWith('mooring:'));
  const [builder, ...others] = ours.toSorted(
    ([, a], [, b]) => Number(Boolean(b.build)) - Number(Boolean(a.build)),
  );

  expect(builder?.[0]).toBe('worker');
  expect(others.map(([name]) => name).sort()).toEqual(['http-door', 'simulator', 'ui-door']);
  for (const [name, { build, pull_policy }] of others)
    expect([name, build, pull_policy]).toEqual([name, undefined, 'never']);
});

test('says of everything that goes on whether it works', async () => {
  const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
  const silent = all.filter(([, { restart, healthcheck }]) => restart && !healthcheck).map(([name]) => name);

  // The image has one for the worker; Prometheus is looked at by who uses it.
  expect(silent).toEqual(['worker', 'prometheus']);
  expect(dockerfile).toContain('HEALTHCHECK ');
});

test('mounts what users of the containers can read, and makes no folder of its own', async () => {
  const volumes = all.flatMap(([, { volumes = [] }]) => volumes);
  const files = volumes.map(sourceOf).filter((source) => source.startsWith('./'));
  const modes = await Promise.all(
    files.map(async (file) => [file, (await stat(new URL(file, root))).mode & 0o4]),
  );

  expect(modes).toEqual(files.map((file) => [file, 0o4]));
  const folders = volumes.filter((volume) => typeof volume !== 'string');
  expect(folders).toHaveLength(3);
  for (const { bind, read_only } of folders)
    expect({ bind, read_only }).toEqual({ bind: { create_host_path: false }, read_only: true });
});

test('gives the server as many history shards and a dynamic configuration as a file', () => {
  const { environment, volumes } = compose.services['temporal'] ?? {};

  expect(environment).toMatchObject({ DB: 'postgres12', NUM_HISTORY_SHARDS: '512' });
  expect(targetOf(volumes?.[0] ?? '')).toBe(environment?.['DYNAMIC_CONFIG_FILE_PATH']);
});

test('copies into the image only what the build context lets through', async () => {
  const allowed = (await readFile(new URL('.dockerignore', root), 'utf8')).match(/(?<=^!).+$/gm) ?? [];
  const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  const copied = copies.flatMap(([, names = '']) => names.split(' ').map((name) => name.replace('./', '')));

  expect(copied.sort()).toEqual(allowed.sort());
  expect(copied.filter((name) => !existsSync(new URL(name, root)))).toEqual([]);
});
