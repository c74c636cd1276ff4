import { readFile } from 'node:fs/promises';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { jsonSchemas } from '../../src/contract/schemas/json-schemas.ts';
import { parseNodeSpec } from '../../src/contract/schemas/node-spec.ts';
import { nodeSchema } from '../../src/contract/schemas/node.ts';
import { fc } from '../support/properties.ts';

const minimal = { name: 'web-1', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12' };

test('a spec of four words gets every default', async () => {
  await expect(JSON.stringify(parseNodeSpec(minimal), null, 2)).toMatchFileSnapshot(
    'golden/complete-spec.json',
  );
});

describe('the published JSON Schemas are what the code checks', () => {
  test.each(Object.entries(jsonSchemas))('%s', async (file, schema) => {
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(`../../schemas/${file}`);
  });

  test('they agree with the code on good specs and bad ones', () => {
    const ajv = addFormats.default(new Ajv2020.default({ strict: false }));
    const validate = ajv.compile(jsonSchemas['node-spec.v1.json'] as object);
    expect(validate(minimal)).toBe(true);
    expect(validate({ ...minimal, flavour: 'b3-8' })).toBe(false);
    expect(validate({ ...minimal, volumes: [{ name: 'data', size: 0 }] })).toBe(false);
  });
});

const named = { name: 'a', script: 'true' };
const step = (what: object, name: object | null = { name: 'a' }) => ({
  deploy: { steps: [{ ...name, ...what }] },
});

const wrong: [what: string, overrides: object, sentence: string][] = [
  ['no name', { name: undefined }, 'name is missing: give the node a name, such as "web-1"'],
  ['a name of 41 characters', { name: 'w'.repeat(41) }, 'name must have at most 40 characters'],
  ['a volume of size 0', { volumes: [{ name: 'data', size: 0 }] }, 'volumes[0].size must be at least 10 GiB'],
  [
    'a type that does not exist',
    { volumes: [{ name: 'd', size: 10, type: 'fast' }] },
    'volumes[0].type must be one of classic,',
  ],
  [
    'two volumes of one name',
    {
      volumes: [
        { name: 'd', size: 10 },
        { name: 'd', size: 20 },
      ],
    },
    'volumes must differ in name: "d" is there more than once',
  ],
  ['an unknown key', { flavour: 'b3-8' }, 'the spec has unknown key "flavour"'],
  ['a label with a space in its name', { labels: { 'a b': '' } }, 'is no name for a label'],
  ['a host name with nothing between its dots', { hostname: 'a..b' }, 'hostname must be a host name'],
  ['a label of 3 MB', { labels: { a: 'x'.repeat(3_000_000) } }, 'labels.a must have at most 255 characters'],
  [
    "a label's name of 3 MB",
    { labels: { ['x'.repeat(3_000_000)]: 'a' } },
    'x… is no name for a label: it must have 1 to 63 letters',
  ],
  ['a flavor of 3 MB', { flavor: 'b'.repeat(3_000_000) }, 'flavor must have at most 255 characters'],
  [
    'a size for a volume that exists',
    { volumes: [{ name: 'd', size: 10, id: 'x' }] },
    'volumes[0].size belongs to a new volume; one with an id is as large as it is',
  ],
  [
    'deleting a volume that exists',
    { volumes: [{ name: 'd', id: 'x', onDestroy: 'delete' }] },
    'volumes[0].onDestroy cannot be "delete": a volume with an id is never deleted',
  ],
  [
    'a new volume without a size',
    { volumes: [{ name: 'd' }] },
    'volumes[0].size is missing: say how many GiB',
  ],
  ['nothing to boot from', { image: undefined }, 'image is missing: name an image, such as "Debian 12"'],
  [
    'two things to boot from',
    { bootVolume: { size: 20, image: 'Debian 12' } },
    'image must be left out beside bootVolume, which names an image of its own',
  ],
  [
    'a volume of the name of the boot volume',
    { image: null, bootVolume: { size: 20, image: 'Debian 12' }, volumes: [{ name: 'boot', size: 10 }] },
    'volumes must not hold a volume called "boot" beside bootVolume, whose name that is',
  ],
  [
    'user data given twice',
    { userData: '#cloud-config', userDataFrom: 'file:web.yaml' },
    'userDataFrom must be left out beside userData: give one of them',
  ],
  [
    'user data from a place that nobody knows',
    { userDataFrom: 'https://example.com' },
    'userDataFrom must be such as "file:web.yaml" or "env:WEB_USER_DATA"',
  ],
  [
    'two floating IPs',
    {
      networks: [
        { network: 'a', floatingIp: true },
        { network: 'b', floatingIp: '203.0.113.7' },
      ],
    },
    'networks must give at most one network a "floatingIp"',
  ],
  [
    'a floating IP of the public network',
    { networks: [{ public: true, floatingIp: true }] },
    'networks[0] unrecognized key: "floatingIp"',
  ],
  [
    'no floating IP in words',
    { networks: [{ network: 'a', floatingIp: false }] },
    'networks[0] must have as "floatingIp" true (one is made), or the IPv4 address',
  ],
  [
    'a floating IP that is no address',
    { networks: [{ network: 'a', floatingIp: '203.0.113.7/32' }] },
    'networks[0].floatingIp must be true (one is made), or the IPv4 address',
  ],
  [
    'a floating IP of version 6',
    { networks: [{ network: 'a', floatingIp: '2001:db8::1' }] },
    'networks[0].floatingIp must be true (one is made), or the IPv4 address',
  ],
  [
    'a floating IP at an address of version 6',
    { networks: [{ network: 'a', ip: 'fd00::7', floatingIp: true }] },
    'networks must not give a "floatingIp" to an IPv6 "ip"',
  ],
  ['an endless flavor', { flavor: 'x'.repeat(256) }, 'flavor must have at most 255 characters'],
  ['an endless label', { labels: { a: 'x'.repeat(3_000_000) } }, 'labels.a must have at most 255 characters'],
  [
    'a label with an endless name',
    { labels: { ['x'.repeat(256)]: '' } },
    'is no name for a label: it must have 1 to 63 letters',
  ],
  [
    'an endless name of a file',
    { userDataFrom: `file:${'x'.repeat(300)}` },
    'userDataFrom must have at most 255 characters',
  ],
  ['a port that there is not', { ready: { until: 'tcp:0' } }, 'ready.until must be "active", "address"'],
  ['a port of nothing', { ready: { until: 'tcp' } }, 'ready.until must be "active", "address"'],
  ['a port beyond all', { ready: { until: 'tcp:65536' } }, 'ready.until must be "active", "address"'],
  ['a command that is not said', { ready: { until: 'command' } }, 'ready.command is missing'],
  ['a command that nobody runs', { ready: { command: 'true' } }, 'ready.command belongs to until: "command"'],
  ['nobody to log in as', { ready: { until: 'ssh' } }, 'ssh.key is missing: name the private key'],
  [
    'a public address of a private node',
    { ready: { until: 'ssh' }, sshKey: 'me', networks: [{ network: 'n' }] },
    'ssh.address must be "private": the node has neither a public network nor a floating IP',
  ],
  ['a host key that is none', { ssh: { hostKey: 'AAAA' } }, 'ssh.hostKey must be "derived", or the one line'],
  ['a key by a path', { ssh: { key: '../id_ed25519' } }, 'ssh.key must be the name of a private key'],
  ['a step without a name', step({ script: 'true' }, null), 'deploy.steps[0].name is missing'],
  [
    'two steps of one name',
    { deploy: { steps: [named, named] } },
    'deploy.steps must differ in name: "a" is there more than once',
  ],
  ['a step that is nothing', step({}), 'deploy.steps[0] must have exactly one of script, scriptFrom, file'],
  [
    'a step that is two things',
    step({ script: 'true', authorizedKey: 'ssh-ed25519 AAAAAAAAAAAAAAAAAAAA' }),
    'deploy.steps[0] must have exactly one of script, scriptFrom, file and authorizedKey',
  ],
  [
    'a script of 65 KiB',
    step({ script: 'x'.repeat(65 * 1024) }),
    'deploy.steps[0].script must have at most 64 KiB; let the worker read more from a file',
  ],
  [
    'content of 64 KiB that are more in bytes',
    step({ file: '/a', content: 'é'.repeat(40 * 1024) }),
    'deploy.steps[0].content must have at most 64 KiB',
  ],
  [
    'more than fits into a request',
    {
      deploy: {
        steps: Array.from({ length: 10 }, (_, i) => ({ name: `s${i}`, script: 'x'.repeat(60_000) })),
      },
    },
    'deploy.steps must have at most 512 KiB altogether',
  ],
  [
    'a mode that is none',
    step({ file: '/a', content: '', mode: '999' }),
    'deploy.steps[0].mode must be three or four',
  ],
  ['a file without content', step({ file: '/a' }), 'deploy.steps[0] must have exactly one of content and'],
  [
    'a file somewhere',
    step({ file: 'a', content: '' }),
    'deploy.steps[0].file must be the whole path of a file',
  ],
  [
    'a mode for a script',
    step({ script: 'true', mode: '0644' }),
    'deploy.steps[0].mode does not belong to such a step',
  ],
  [
    'a script from anywhere',
    step({ scriptFrom: '/etc/passwd' }),
    'deploy.steps[0].scriptFrom must be such as "file:setup.sh"',
  ],
  [
    'a private key',
    step({ authorizedKey: '-----BEGIN' }),
    'deploy.steps[0].authorizedKey must be the one line of a',
  ],
  [
    'a variable that no shell takes',
    step({ script: 'true', env: { 'A B': '' } }),
    'is no name for a variable: it must be letters, digits and _',
  ],
  [
    'a subnet of nothing',
    { networks: [{ subnet: 's' }] },
    'must be {"public": true} or {"network": name or id',
  ],
  [
    'no duration',
    { run: { deadlines: { instance: 'soon' } } },
    'run.deadlines.instance must be a duration such as "90s", "60m" or "2h"',
  ],
];

test.each(wrong)('refuses %s in one sentence', (_, overrides, sentence) => {
  expect(() => parseNodeSpec({ ...minimal, ...overrides })).toThrow(sentence);
});

test('says everything that is wrong at once', () => {
  const spec = { ...minimal, name: 'Web', volumes: [{ name: 'd', size: 1 }], colour: 'red' };
  expect(() => parseNodeSpec(spec)).toThrow(
    /^name .*; volumes\[0\]\.size .*; the spec has unknown key "colour"$/,
  );
});

/** The paths of all texts in a JSON Schema without a greatest length, a pattern that bounds it, or a list of values. */
function endless(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, maxLength, pattern, format, ...rest } = schema as Record<string, unknown>;
  const bounded = maxLength ?? (/^\^.*[^+*]\$$/.test(String(pattern)) ? pattern : format);
  const own =
    type === 'string' && bounded === undefined && !('const' in rest) && !('enum' in rest) ? [path] : [];
  return [...own, ...Object.entries(rest).flatMap(([key, value]) => endless(value, `${path}/${key}`))];
}

test.each([
  'node-spec.v1.json',
  'fleet-spec.v1.json',
  'destroy.v1.json',
  'ref.v1.json',
  'destroy-fleet.v1.json',
  'deploy.v1.json',
] as const)('every text that %s takes has a greatest length', (file) => {
  expect(endless(jsonSchemas[file])).toEqual([]);
});

test("volumes that are null, as Temporal's HTTP API writes an empty list, are none", () => {
  expect(parseNodeSpec({ ...minimal, volumes: null }).volumes).toEqual([]);
});

test('never throws anything but a sentence, whatever it is given', () => {
  fc.assert(
    fc.property(fc.anything(), (input) => {
      try {
        parseNodeSpec(input);
      } catch (error) {
        expect((error as Error).message).toMatch(/\S/);
        expect((error as Error).message).not.toMatch(/\[object|undefined is|Invalid input/);
      }
    }),
  );
});

test('what it has completed it takes again, unchanged', async () => {
  const complete = JSON.parse(await readFile(new URL('golden/complete-spec.json', import.meta.url), 'utf8'));
  expect(parseNodeSpec(complete)).toEqual(complete);
});

test('a Node with words and keys that nobody knows yet is read all the same', async () => {
  const node: unknown = JSON.parse(
    await readFile(new URL('golden/node-of-a-later-version.json', import.meta.url), 'utf8'),
  );
  expect(nodeSchema.parse(node)).toEqual(node);
  const ajv = addFormats.default(new Ajv2020.default({ strict: false }));
  expect(ajv.validate(jsonSchemas['node.v1.json'] as object, node)).toBe(true);
});
