import { expect, test } from 'vitest';
import {
  instanceWireName,
  markOf,
  readInstanceName,
  readVolume,
  volumeDescription,
  volumeWireName,
} from '../../src/activities/mark.ts';
import { fc } from '../support/properties.ts';

const identity = { owner: 'production', projectId: 'a1b2c3', region: 'GRA11' };
const nodeName = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/);
const volumeName = fc.stringMatching(/^[a-z0-9-]{1,30}$/);

test('the mark of version 1 never changes', () => {
  // Computed with `printf '["mooring/1","production","a1b2c3","GRA11","web-1","a"]' | sha256sum`, in base32.
  expect(markOf(identity, 'web-1')).toBe('ocd6wjeb');
});

test('an instance of ours verifies, and says which node it is', () => {
  fc.assert(
    fc.property(nodeName, (node) => {
      const name = instanceWireName({ node, mark: markOf(identity, node) });
      expect(readInstanceName(name, identity)).toBe(node);
    }),
  );
});

test('a volume of ours verifies, with and without its description', () => {
  fc.assert(
    fc.property(nodeName, volumeName, fc.constantFrom('keep', 'delete'), (node, volume, onDestroy) => {
      const name = volumeWireName({ node, mark: markOf(identity, node) }, volume);
      const description = volumeDescription('production', node, volume, onDestroy);
      expect(readVolume({ name, description }, identity)).toEqual({ node, volume, onDestroy });
      // Whoever edits the description in OVH's console must not make a volume disappear, or be deleted.
      expect(readVolume({ name, description: 'mine!' }, identity)).toEqual({
        node,
        volume,
        onDestroy: 'keep',
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
      const place = { node, mark: markOf(identity, node) };
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
