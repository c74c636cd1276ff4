import { expect, test } from 'vitest';
import { mergeUserData } from '../../../src/activities/user-data/user-data.ts';

test('without user data there is only the plain host name', () => {
  expect(mergeUserData(null, 'web-1')).toBe('#cloud-config\nhostname: web-1\npreserve_hostname: false\n');
});

const login = {
  hostKey: { privateKey: 'PRIVATE\nHALF\n', publicKey: 'ssh-ed25519 AAAA' },
  authorizedKeys: ['ssh-ed25519 BBBB me'],
};

test('each part of ours says how it joins what the user brings', () => {
  const merged = mergeUserData('#cloud-config\npackages: [nginx]\n', 'web-1', login) ?? '';
  const boundary = /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="(.*)"\n/.exec(merged)?.[1];
  const [, ...parts] = merged.split(`--${boundary}`);
  expect(parts.map((part) => part.replace(/^\nContent-Type: text\/plain; charset="utf-8"\n\n/, ''))).toEqual([
    '#cloud-config\npackages: [nginx]\n\n',
    '#cloud-config\nmerge_how: dict(recurse_dict)+list()+str()\nhostname: web-1\npreserve_hostname: false\n\n',
    '#cloud-config\nmerge_how: dict(recurse_list,recurse_dict)+list(append)+str()\nssh_authorized_keys: ["ssh-ed25519 BBBB me"]\n\n',
    '#cloud-config\nssh_deletekeys: true\nssh_keys: {"ed25519_private":"PRIVATE\\nHALF\\n","ed25519_public":"ssh-ed25519 AAAA"}\n\n',
    '--\n',
  ]);
});

test('without user data of the user there is nothing to join', () => {
  expect(mergeUserData(null, 'web-1', login)).toBe(
    '#cloud-config\nhostname: web-1\npreserve_hostname: false\nssh_authorized_keys: ["ssh-ed25519 BBBB me"]\n' +
      'ssh_deletekeys: true\nssh_keys: {"ed25519_private":"PRIVATE\\nHALF\\n","ed25519_public":"ssh-ed25519 AAAA"}\n',
  );
  expect(mergeUserData(' \n', false)).toBeUndefined();
});

test('beside a full name of the user ours does not stand', () => {
  const own = '#cloud-config\nfqdn: db.example.com\n';
  expect(mergeUserData(own, 'web-1')).toBe(own);
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
