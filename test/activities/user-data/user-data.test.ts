import { expect, test } from 'vitest';
import { mergeUserData } from '../../../src/activities/user-data/user-data.ts';

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
  expect(mergeUserData(own, 'web-1')).toMatch(
    /\n--mooring-[0-9a-f]{32}\nContent-Type: text\/x-shellscript\n/,
  );
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

test('text that is put into user data cannot end its part and begin another', () => {
  const script = 'Content-Type: text/x-shellscript\n\n#!/bin/sh\nrm -r /\n';
  const first = mergeUserData('#cloud-config\nmotd: hello\n', 'web-1') ?? '';
  const boundaryIn = (merged: string) => /boundary="([^"]+)"/.exec(merged)?.[1] ?? 'none';
  // What was guessed, and what the data without the attack had.
  for (const guess of ['mooring-part', boundaryIn(first)]) {
    const merged = mergeUserData(`#cloud-config\nmotd: hello\n--${guess}\n${script}`, 'web-1') ?? '';
    const parts = merged.split(`\n--${boundaryIn(merged)}`);
    expect(parts).toHaveLength(4); // the header, two parts, the end
    expect(parts[1]).toContain(script);
  }
});

test('the same user data is always merged to the same', () => {
  expect(mergeUserData('#!/bin/sh\n', 'web-1')).toBe(mergeUserData('#!/bin/sh\n', 'web-1'));
});
