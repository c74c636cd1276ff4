import { expect, test } from 'vitest';
import { mergeUserData } from '../../src/activities/user-data.ts';

test('without user data there is only the plain host name', () => {
  expect(mergeUserData(null, 'web-1')).toBe('#cloud-config\nhostname: web-1\npreserve_hostname: false\n');
});

test('the host name comes last, so that what the user set wins', () => {
  const merged = mergeUserData('#cloud-config\npackages: [nginx]\n', 'web-1') ?? '';
  expect(merged).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed/);
  expect(merged.indexOf('packages: [nginx]')).toBeGreaterThan(0);
  expect(merged.indexOf('packages: [nginx]')).toBeLessThan(merged.indexOf('hostname: web-1'));
});

test('MIME that the user brings keeps its own header', () => {
  const own = 'Content-Type: text/x-shellscript\n\n#!/bin/sh\ntrue\n';
  expect(mergeUserData(own, 'web-1')).toContain(`--mooring-part\n${own}`);
});

test('with hostname false the user data is passed on as it is', () => {
  expect(mergeUserData('#!/bin/sh\ntrue\n', false)).toBe('#!/bin/sh\ntrue\n');
  expect(mergeUserData(null, false)).toBeUndefined();
});

test('what is too large after merging is refused with its size', () => {
  expect(() => mergeUserData('x'.repeat(49_100), 'web-1')).toThrow(
    /userData has 49\d+ bytes .* at most 49149/,
  );
});
