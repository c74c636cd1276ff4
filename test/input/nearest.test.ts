import { expect, test } from 'vitest';
import { nearest } from '../../src/input/nearest.ts';

test('the names that a person most likely meant come first', () => {
  const flavors = ['d2-2', 'c3-8', 'b3-16', 'b3-8', 'b3-8', 'r3-16'];
  expect(nearest('b3-9', flavors)).toEqual(['b3-8', 'b3-16']);
  expect(nearest('debian12', ['Ubuntu 24.04', 'Debian 11', 'Debian 12'])).toEqual(['Debian 12', 'Debian 11']);
});
