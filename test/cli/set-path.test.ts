import { expect, test } from 'vitest';
import { setPath } from '../../src/cli/set-path.ts';
import { fc } from '../support/properties.ts';

function set(...assignments: string[]): Record<string, unknown> {
  const target = {};
  for (const assignment of assignments) setPath(target, assignment);
  return target;
}

test('sets fields, list entries by number, and whole objects', () => {
  expect(
    set('name=web-1', 'volumes[0].name=data', 'volumes.0.size=20', 'volumes[1]={"name":"logs","size":10}'),
  ).toEqual({
    name: 'web-1',
    volumes: [
      { name: 'data', size: 20 },
      { name: 'logs', size: 10 },
    ],
  });
});

test('reads values as YAML: numbers, booleans, null and quoted text are what they look like', () => {
  expect(set('a=1', 'b=true', 'c=null', 'd="1"', 'e=Debian 12', 'f=', 'g=x=y')).toEqual({
    a: 1,
    b: true,
    c: null,
    d: '1',
    e: 'Debian 12',
    f: null,
    g: 'x=y',
  });
});

test('keeps what stands beside the path', () => {
  const target = { run: { onFailure: 'keep' } };
  setPath(target, 'run.deadlines.instance=10m');
  expect(target).toEqual({ run: { onFailure: 'keep', deadlines: { instance: '10m' } } });
});

test.each([
  ['name', 'path=value'],
  ['=x', 'path=value'],
  ['a..b=1', 'cannot be part of a path'],
  ['__proto__.polluted=1', 'cannot be part of a path'],
  ['a.constructor.prototype.polluted=1', 'cannot be part of a path'],
  ['volumes[3].size=1', 'the next one is 0'],
  ['a=[1', 'not YAML'],
])('refuses %s', (assignment, why) => {
  expect(() => set('volumes=[]', assignment)).toThrow(why);
});

test('a text that was set is read back, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(set(`labels.note=${JSON.stringify(text)}`)).toEqual({ labels: { note: text } });
    }),
  );
});

test('no path ever changes what all objects share', () => {
  const key = fc.constantFrom('a', '0', '__proto__', 'constructor', 'prototype', 'toString', '');
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), (keys) => {
      try {
        set(`${keys.join('.')}=polluted`);
      } catch {
        // Refused is as good.
      }
      expect(Object.values(Object.prototype)).toEqual([]);
      expect(Object.prototype.toString).toBeTypeOf('function');
    }),
  );
});
