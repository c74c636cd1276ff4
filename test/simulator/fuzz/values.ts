import { volumeTypes } from '../../../src/simulator/operations/create-volume.ts';
import { contract } from '../conformance.ts';

/** The next of a row of numbers, each at least 0 and below 1: what a call is made of, all of it repeatable. */
export type Draw = () => number;

/** Mulberry32: the same seed makes the same row. */
export function drawFrom(seed: number): Draw {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Value>(draw: Draw, values: readonly Value[]): Value | undefined {
  return values[Math.floor(draw() * values.length)];
}

/** What exists while a call is made up: name of a path or body parameter → ids that fit it, mostly. */
export type Ids = Record<string, readonly string[]>;

export const regionNames = ['GRA11', 'GRA11', 'GRA11', 'GRA11', 'SBG5', 'EU-WEST-PAR', 'WAW1', 'XXX1'];

/** Values that a field of that name takes at OVH, some of them just out of range. */
const byName: Record<string, readonly unknown[]> = {
  region: regionNames,
  regionName: regionNames,
  regions: ['GRA11', 'SBG5', 'XXX1'],
  name: ['a', 'b', 'ü-1', ''],
  instanceName: ['renamed', ''],
  size: [5, 10, 10, 20, 40, 400, 9000, -1],
  availabilityZone: [null, null, 'eu-west-par-a', 'eu-west-par-b', 'nowhere'],
  volumeType: volumeTypes,
  number: [1, 2, 3, 0, 200],
  bulk: [null, 1, 2, 0],
  vlanId: [null, 7, 8, 5000],
  network: ['10.7.0.0/24', '10.8.0.0/30', '192.168.0.0/16'],
  start: ['10.7.0.2', '10.8.0.1', '192.168.0.9'],
  end: ['10.7.0.99', '10.8.0.2', '10.7.0.1'],
  ip: [null, '10.42.3.4', '10.7.0.4', '192.0.2.1'],
  cidr: ['10.7.0.0/24', '10.8.0.0/30', '192.168.0.0/16'],
  ipVersion: [4, 4, 4, 6],
  cron: ['0 2 * * *', '*/5 0-6 1,15 * 7', 'never'],
  marker: [null, 'gone'],
  publicKey: [
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1enpmdXp6ZnV6emZ1enpmdXp6ZnV6emZ1enpmdXp6 a@b',
    'no key',
  ],
  path: ['/cloud/*', '/me'],
  ovhSubsidiary: ['FR', 'DE', 'ZZ'],
  description: ['', 'words', null],
  redirection: [null, 'https://example.org/', 'nowhere'],
  billingPeriod: ['hourly', 'monthly'],
};

/** A value of a contract's type; `ids` and the name of the field make it one that means something. */
export function valueOf(type: string, name: string, draw: Draw, ids: Ids): unknown {
  if (type.endsWith('[]')) {
    const count = Math.floor(draw() * 3);
    return Array.from({ length: count }, () => valueOf(type.slice(0, -2), name, draw, ids));
  }
  const model = contract.models[type];
  if (model?.enum) return pick(draw, model.enum);
  if (model?.properties) return objectOf(model.properties, name, draw, ids);
  const known = byName[name] ?? (draw() < 0.95 ? ids[name] : undefined);
  if (known && known.length > 0) return pick(draw, known);
  return pick(draw, plain[type] ?? [null]);
}

const plain: Record<string, readonly unknown[]> = {
  string: ['words', ''],
  text: ['#cloud-config\n', ''],
  boolean: [true, false],
  long: [1, 10, 0],
  double: [1.5],
  uuid: ['11111111-2222-4333-8444-555555555555'],
  datetime: ['2026-04-01T12:00:00Z'],
  date: ['2026-04-01'],
  ip: ['192.0.2.7'],
  ipv4: ['10.42.3.4', '192.0.2.7'],
  ipv4Block: ['10.7.0.0/24'],
  ipBlock: ['192.0.2.0/24', '127.0.0.1'],
  password: ['secret'],
};

type Properties = Record<string, { type: string; required?: boolean }>;

/** An `id` in an object is of what the object is called. */
function objectOf(properties: Properties, parent: string, draw: Draw, ids: Ids): Record<string, unknown> {
  const given = Object.entries(properties).filter(([, { required }]) => required || draw() < 0.35);
  return Object.fromEntries(
    given.map(([name, { type }]) => [name, valueOf(type, name === 'id' ? `${parent}Id` : name, draw, ids)]),
  );
}
