import { expect, test } from 'vitest';
import {
  instanceSign,
  instanceWireName,
  markOf,
  readInstanceName,
  readVolume,
  signOf,
  volumeDescription,
  volumeSign,
  volumeWireName,
} from '../../src/identity/mark.ts';
import { fc } from '../support/properties.ts';

const identity = { owner: 'production', projectId: 'a1b2c3', region: 'GRA11' };
const sign = signOf('0193d6a1-7b1e-7c55-9d4e-3a5b8f2c6d10');
const nodeName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/);
const volumeName = fc.stringMatching(/^[a-z0-9-]{1,30}$/);

test('the mark of version 1 never changes', () => {
  // Computed with `printf '["mooring/1","production","a1b2c3","GRA11","web-1","a"]' | sha256sum`, in base32.
  expect(markOf(identity, 'web-1')).toBe('ocd6wjeb');
});

test('the sign of version 1 never changes', () => {
  // Computed with `printf 0193d6a1-7b1e-7c55-9d4e-3a5b8f2c6d10 | sha256sum`, in base32.
  expect(sign).toBe('w7o26a');
});

test('an instance of ours verifies, and says which node it is', () => {
  fc.assert(
    fc.property(nodeName, fc.uuid(), (node, runId) => {
      const place = { node, mark: markOf(identity, node), sign: signOf(runId) };
      const name = instanceWireName(place);
      expect(name.length).toBeLessThanOrEqual(63);
      expect(readInstanceName(name, identity)).toEqual({ node, sign: place.sign });
      expect(readInstanceName(`${node}-${place.mark}`, identity)).toEqual({ node, sign: null });
      expect(instanceSign(name, place)).toBe(place.sign);
    }),
  );
});

test('a volume of ours verifies, with and without its description', () => {
  fc.assert(
    fc.property(nodeName, volumeName, fc.constantFrom('keep', 'delete'), (node, volume, onDestroy) => {
      const place = { node, mark: markOf(identity, node), sign };
      const name = volumeWireName(place, volume);
      expect(volumeSign(name, place)).toBe(sign);
      const description = volumeDescription('production', node, volume, onDestroy);
      expect(readVolume({ name, description }, identity)).toEqual({ node, volume, onDestroy, sign });
      const signless = { name: name.slice(0, -7), description };
      expect(readVolume(signless, identity)).toEqual({ node, volume, onDestroy, sign: null });
      // Whoever edits the description in OVH's console must not make a volume disappear, or be deleted.
      expect(readVolume({ name, description: 'mine!' }, identity)).toEqual({
        node,
        volume,
        onDestroy: 'keep',
        sign,
      });
    }),
  );
});

test('what belongs to another owner, project or region never verifies', () => {
  const others = [
    { ...identity, owner: 'laptop' },
    { ...identity, projectId: 'other' },
    { ...identity, region: 'SBG5' },
  ];
  fc.assert(
    fc.property(nodeName, volumeName, fc.constantFrom(...others), (node, volume, other) => {
      const place = { node, mark: markOf(identity, node), sign };
      expect(readInstanceName(instanceWireName(place), other)).toBeUndefined();
      expect(readVolume({ name: volumeWireName(place, volume), description: '' }, other)).toBeUndefined();
    }),
  );
});

test('what people name by hand never verifies', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, description) => {
      expect(readInstanceName(name, identity)).toBeUndefined();
      expect(readVolume({ name, description }, identity)).toBeUndefined();
    }),
  );
});
