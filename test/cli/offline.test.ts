import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cli, startCli } from './run-cli.ts';

test.each([
  ['a file that is not there', ['validate', '-f', '/nowhere/web.yaml'], 'there is no such file'],
  ['a node without a region', ['get', 'web-1'], '--region'],
  ['a command that is none', ['frobnicate'], 'frobnicate'],
  [
    'a node, and another region than its own',
    ['destroy', 'node.main.GRA11.web-1', '--region', 'SBG5', '--yes'],
    'leave out --region SBG5',
  ],
  [
    'a fleet, and another project than its own',
    ['destroy-fleet', 'fleet.main.web', '--project', 'other', '--yes'],
    'leave out --project other',
  ],
  ['a format that is none', ['list', '-o', 'xml'], 'xml'],
  ['a timeout that is none', ['list', '--timeout', 'soon'], 'duration'],
  ['a port that is none', ['simulator', '--port', '99999'], '65535'],
  ['a port that is none', ['codec-server', '--port', '99999'], '65535'],
  ['a Prometheus that is none', ['doctor', '--prometheus', 'nonsense'], 'URL'],
  ['a file that cannot be made', ['simulator', '--as', 'x', '--certificate', '/nope/x.pem'], '/nope/x.pem'],
])('refuses %s with one sentence and exit code 2', async (_what, args, why) => {
  const { code, stdout, stderr } = await cli(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: .*\n$/);
  expect(stderr).toContain(why);
});

test('says everything that is wrong with a spec at once, in one sentence', async () => {
  const { code, stderr } = await cli([
    'validate',
    'Web',
    '--flavor',
    '',
    '--volume',
    'data:5',
    '--set',
    'ready.until=tcp',
  ]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: .*\n$/);
  for (const field of ['name', 'region', 'flavor', 'image', 'volumes[0].size', 'ready.until must be'])
    expect(stderr).toContain(field);
});

test('a spec whose flavor is misspelt is no name of a node', async () => {
  const stdin = '{name: web-1, region: GRA11, flavour: b3-8, image: Debian 12}';
  const { code, stderr } = await cli(['inspect', '-f', '-'], { stdin });
  expect(code).toBe(2);
  expect(stderr).toContain('unknown key "flavour"');
});

const fleet = '{name: web, count: 3, regions: [GRA11], node: {flavor: b3-8, image: Debian 12}}';

test('validate takes a fleet for a fleet', async () => {
  const [valid, wrong] = await Promise.all([
    cli(['validate', '-f', '-'], { stdin: fleet }),
    cli(['validate', '-f', '-'], { stdin: fleet.replace('count: 3', 'count: 0') }),
  ]);
  expect(valid).toMatchObject({ code: 0, stdout: 'fleet.main.web: valid, 3 nodes\n' });
  expect(wrong).toMatchObject({ code: 2, stderr: 'error: invalid fleet: count must be at least 1\n' });
});

test('a fleet is no node: it says which command takes it', async () => {
  const { code, stderr } = await cli(['provision', '-f', '-'], { stdin: fleet });
  expect(code).toBe(2);
  expect(stderr).toBe(
    'error: this is a fleet, many nodes of one kind: `mooring provision-fleet` and `mooring destroy-fleet` take it\n',
  );
});

test('several YAML documents in one file are refused, whatever they are for', async () => {
  const stdin = 'name: web-1\n---\nname: web-2\n';
  for (const command of ['validate', 'provision', 'provision-fleet', 'get']) {
    const { code, stderr } = await cli([command, '-f', '-'], { stdin });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'error: standard input holds several YAML documents: give each a file of its own, without "---" between them\n',
    });
  }
});

test('steps that are no YAML are refused with one sentence that shows nothing of them', async () => {
  const args = ['deploy', 'node.main.GRA11.web-1', '-f', '-'];
  const [bad, several] = await Promise.all([
    cli(args, { stdin: 'steps:\n  - {name: a, script: "hush\n: - }\n' }),
    cli(args, { stdin: 'steps: []\n---\nsteps: []\n' }),
  ]);
  expect({ code: bad.code, stdout: bad.stdout }).toEqual({ code: 2, stdout: '' });
  expect(bad.stderr).toMatch(/^error: standard input is neither YAML nor JSON: .*\n$/);
  expect(bad.stderr).not.toContain('hush');
  expect(several.code).toBe(2);
  expect(several.stderr).toMatch(/^error: standard input holds several YAML documents: /);
});

test('a label of 3 MB is refused with a sentence', async () => {
  const stdin = `{name: web-1, region: GRA11, flavor: b3-8, image: Debian 12, labels: {team: ${'x'.repeat(3_000_000)}}}`;
  const { code, stderr } = await cli(['validate', '-f', '-'], { stdin });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'error: invalid spec: labels.team must have at most 255 characters\n',
  });
});

test.each(['', 'garbage', 'localhost:99999', 'http://localhost:7233'])(
  'a TEMPORAL_ADDRESS that is none exits with 7 at once: "%s"',
  async (address) => {
    const { code, stderr } = await cli(['list'], { TEMPORAL_ADDRESS: address });
    expect(code).toBe(7);
    expect(stderr).toMatch(/^error: Temporal at .* \(from TEMPORAL_ADDRESS\) [^\n]*\n$/);
    expect(stderr).toContain('must be a host and a port, such as "localhost:7233"');
  },
);

test('a valid spec is printed with every default', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'web.yaml');
  await writeFile(file, 'name: web-1\nregion: GRA11\nflavor: b3-8\nimage: Debian 12\n');
  const { code, stdout } = await cli(['validate', '-f', file, '--on-failure', 'keep', '-o', 'yaml']);
  expect(code).toBe(0);
  expect(parse(stdout)).toMatchObject({
    apiVersion: 'mooring/v1',
    project: 'main',
    run: { onFailure: 'keep' },
  });
});

test('a Temporal that is not there exits with 7 within seconds: a sentence for people, an object for programs', async () => {
  const began = performance.now();
  const { code, stdout, stderr } = await cli(['list', '--json'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(code).toBe(7);
  expect(stderr).toMatch(/^error: Temporal at 127\.0\.0\.1:1 .*\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ failure: { type: 'TemporalUnreachable', exitCode: 7 } });
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('a worker without credentials exits with 8 and names the variables', async () => {
  const { code, stderr } = await cli(['worker'], { HOME: await temporaryFolder() });
  expect(code).toBe(8);
  expect(stderr).toContain('OVH_APPLICATION_KEY');
});

test('the simulator prints one JSON line, and ends with SIGTERM', async () => {
  const { child, ended } = startCli(['simulator', '--boot-ms', '5', '--seed', '1']);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const line = await Promise.race([
    new Promise<string>((resolve) => lines.once('line', resolve)),
    ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  const told = JSON.parse(line) as { endpoint: string };
  expect(told).toMatchObject({
    endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/1\.0$/),
    region: 'GRA11',
  });
  expect((await fetch(`${told.endpoint}/auth/time`)).ok).toBe(true);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});
