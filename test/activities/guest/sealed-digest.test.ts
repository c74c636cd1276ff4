import { expect, test } from 'vitest';
import { sealed, unsealed } from '../../../src/activities/guest/sealed-digest.ts';

const digest = 'c0ffee'.padEnd(64, '0');

test('whoever has the secret opens a digest, also once another is in front of it, and nobody else does', () => {
  const history = sealed(digest, ['old']);
  expect(history).not.toContain('c0ffee');
  expect(Buffer.from(history, 'base64').toString('hex')).not.toContain('c0ffee');
  expect(unsealed(history, ['new', 'old'])).toBe(digest);
  expect(unsealed(history, ['new'])).toBeUndefined();
});

test('the same digest looks another way each time', () => {
  expect(sealed(digest, ['s'])).not.toBe(sealed(digest, ['s']));
});

test('without a secret a digest stays as it is', () => {
  expect(unsealed(sealed(digest, []), ['any'])).toBe(digest);
});
