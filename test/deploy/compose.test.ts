import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
// Of github.com/compose-spec/compose-go v2.16.2, Apache License 2.0.
import schema from './compose-spec.json' with { type: 'json' };

interface Service {
  image: string;
  profiles?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
  restart?: string;
  cap_add?: string[];
  tmpfs?: string[];
  environment?: Record<string, string | null>;
}

const root = new URL('../../', import.meta.url);
const text = await readFile(new URL('docker-compose.yml', root), 'utf8');
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);

test('is a Compose file by the letter of the specification', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);

  validate(compose);

  expect(validate.errors ?? []).toEqual([]);
});

test.each(services)('%s publishes its ports on loopback only', (_, { ports = [] }) => {
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
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
  const sources = services.flatMap(([, { volumes = [] }]) =>
    volumes.map((volume) => volume.split(':')[0] ?? ''),
  );
  const files = sources.filter((source) => source.startsWith('./'));
  const named = sources.filter((source) => /^\w/.test(source));

  expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named));
});

test('hands a worker every variable that it reads', async () => {
  const sources = [
    'src/worker/config.ts',
    'src/ovh/configuration/load-credentials.ts',
    'src/temporal/codec/codec-keys.ts',
  ];
  const code = await Promise.all(sources.map((path) => readFile(new URL(path, root), 'utf8')));
  const read = new Set(code.join('\n').match(/\b(MOORING|OVH)_[A-Z_]*[A-Z]\b/g));
  // The build makes the bundle, and a worker finds it there.
  read.delete('MOORING_WORKFLOW_BUNDLE');
  // A constant of ours.
  read.delete('MOORING_VERSION');

  expect(Object.keys(compose.services['worker']?.environment ?? {})).toEqual(
    expect.arrayContaining([...read]),
  );
});

test.each(services)('%s gains no rights and changes none of its programs', (name, service) => {
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
  const folders = volumes.map((volume) => volume.split(':').at(-2));

  expect(folders.sort()).toEqual(['/run/secrets', '/run/user-data']);
  expect(environment?.['MOORING_USER_DATA_DIR']).toBe('/run/user-data');
});

test('tells Prometheus where workers serve their metrics', async () => {
  const { scrape_configs: jobs } = parse(await readFile(new URL('deploy/prometheus.yml', root), 'utf8')) as {
    scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[];
  };
  const [found] = jobs.find(({ job_name }) => job_name === 'mooring')?.dns_sd_configs ?? [];

  expect(found?.names).toEqual(['worker', 'simulated-worker']);
  for (const name of found?.names ?? [])
    expect(compose.services[name]?.environment?.['MOORING_METRICS_ADDRESS']).toContain(
      `0.0.0.0:${found?.port}`,
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
  expect(given).toMatchObject({ COMPOSE_PROFILES: 'simulator', MOORING_WORKERS: '0' });
  expect(given['COMPOSE_PROJECT_NAME']).not.toBe((compose as { name?: string }).name);
});

test('gives the server as many history shards and a dynamic configuration as a file', () => {
  const { environment, volumes } = compose.services['temporal'] ?? {};

  expect(environment).toMatchObject({ DB: 'postgres12', NUM_HISTORY_SHARDS: '512' });
  expect(volumes?.[0]).toContain(environment?.['DYNAMIC_CONFIG_FILE_PATH'] ?? 'missing');
});

test('copies into the image only what the build context lets through', async () => {
  const allowed = (await readFile(new URL('.dockerignore', root), 'utf8')).match(/(?<=^!).+$/gm) ?? [];
  const dockerfile = await readFile(new URL('Dockerfile', root), 'utf8');
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  const copied = copies.flatMap(([, names = '']) => names.split(' ').map((name) => name.replace('./', '')));

  expect(copied.sort()).toEqual(allowed.sort());
  expect(copied.filter((name) => !existsSync(new URL(name, root)))).toEqual([]);
});
