import { expect, test } from 'vitest';
import { parseNodeSpec } from '../../src/contract/schemas/node-spec.ts';
import { parseFleetSpec } from '../../src/contract/schemas/fleet.ts';
import { holdingRow } from '../../src/contract/schemas/workflow-types.ts';
import { admittable } from '../../src/temporal/admission.ts';
import { fingerprint } from '../../src/temporal/fingerprint.ts';

/* Who asks for the same joins, whichever version either is of. */

const TYPE = 'provisionNodeWithVolume';
const spec = {
  name: 'web-1',
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [{ name: 'data', size: 20 }],
};
const printOf = (input: object) => fingerprint(TYPE, parseNodeSpec(input));

/** A later version, which knows two fields more: what is left out means what it has meant before. */
const later = {
  parse(input: unknown) {
    const { protect = false, volumes = [], ...rest } = input as { protect?: boolean; volumes?: object[] };
    const read = volumes as { backup?: string }[];
    const known = parseNodeSpec({ ...rest, volumes: read.map(({ backup: _backup, ...volume }) => volume) });
    const all = known.volumes.map((volume, index) => ({ ...volume, backup: read[index]?.backup ?? 'never' }));
    return { ...known, protect, volumes: all };
  },
  what: holdingRow(TYPE).what,
};
const laterPrintOf = (input: object) => fingerprint(TYPE, later.parse(input), later);

test('a version with more fields takes the same spec for the same, and another for another', () => {
  expect(laterPrintOf(spec)).toBe(printOf(spec));
  expect(laterPrintOf({ ...spec, protect: true })).not.toBe(printOf(spec));
  const saved = [{ name: 'data', size: 20, backup: 'daily' }];
  expect(laterPrintOf({ ...spec, volumes: saved })).not.toBe(printOf(spec));
});

test('the hash of a spec stays: runs of earlier versions carry it in their memo', () => {
  expect(printOf(spec)).toMatchInlineSnapshot(`"01bdadbe63705b6063d7140d5405ce0f"`);
});

test('a default that is written out is the same, also where it stands in another order', () => {
  const complete = parseNodeSpec(spec);
  const turned = Object.fromEntries(Object.entries(complete).toReversed());
  expect(printOf(complete)).toBe(printOf(spec));
  expect(printOf(turned)).toBe(printOf(spec));
  expect(printOf({ ...spec, run: { onFailure: 'keep' } })).toBe(printOf(spec));
});

test.each([
  { name: 'web-2' },
  { flavor: 'b3-16' },
  { image: 'Debian 11' },
  { networks: [{ public: true }, { network: 'inner' }] },
  { volumes: [] },
  { volumes: [{ name: 'data', size: 21 }] },
  { volumes: [{ name: 'data', size: 20, onDestroy: 'keep' }] },
  { hostname: false },
  { labels: { team: 'a' } },
])('%j asks for something else', (other) => {
  expect(printOf({ ...spec, ...other })).not.toBe(printOf(spec));
});

test('a fleet is told apart by what its nodes are, not by how many are made at once', () => {
  const { name: _name, ...node } = spec;
  const fleet = { name: 'web', count: 3, node };
  const print = (input: object) => fingerprint('provisionFleet', parseFleetSpec(input));
  expect(print({ ...fleet, maxConcurrent: 2 })).toBe(print(fleet));
  expect(print({ ...fleet, node: { ...node, run: { onFailure: 'keep' } } })).toBe(print(fleet));
  expect(print({ ...fleet, count: 4 })).not.toBe(print(fleet));
  expect(print({ ...fleet, node: { ...node, flavor: 'b3-16' } })).not.toBe(print(fleet));
});

test('a hash of texts that may be secret is in no memo, and who asks for the same is still known', () => {
  const script = { name: 'setup', script: 'true' };
  const steps: object[] = [
    script,
    { name: 'conf', file: '/etc/app.conf', content: 'a secret' },
    { name: 'setup', scriptFrom: 'file:setup.sh', env: { PASSWORD: 'a secret' } },
    { name: 'setup', scriptFrom: 'file:setup.sh', args: ['a secret'] },
  ];
  const shown = (...given: object[]) => {
    const deploy = { steps: given };
    return JSON.stringify(admittable(TYPE, parseNodeSpec({ ...spec, sshKey: 'me', deploy })).memo);
  };
  for (const step of steps) expect(shown(step)).not.toContain('fingerprint');
  expect(shown({ name: 'setup', scriptFrom: 'file:setup.sh', env: { A: { from: 'env:A' } } })).toContain(
    'fingerprint',
  );
});
