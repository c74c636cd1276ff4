import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { mergeUserData } from '../../../src/activities/user-data/user-data.ts';
import { cloudConfigOf } from '../../../src/simulator/guests/cloud-config.ts';
import { pythonWithCloudInit } from '../../support/cloud-init.ts';

const python = await pythonWithCloudInit();
const why = 'missing' in python ? `: skipped, ${python.missing}` : '';

const login = {
  hostKey: { privateKey: 'OUR PRIVATE\nHALF\n', publicKey: 'ssh-ed25519 OURS' },
  authorizedKeys: ['ssh-ed25519 OUR-LOGIN'],
};

/** What the user brings, and what must come of it. */
const rows: [what: string, own: string | null, expected: object][] = [
  ['nothing', null, { hostname: 'web-1', preserve_hostname: false }],
  ['something else', '#cloud-config\npackages: [nginx]\n', { hostname: 'web-1', packages: ['nginx'] }],
  ['a script', '#!/bin/sh\ntrue\n', { hostname: 'web-1' }],
  ['a host name', '#cloud-config\nhostname: theirs\n', { hostname: 'theirs' }],
  ['a host name to keep', '#cloud-config\npreserve_hostname: true\n', { preserve_hostname: true }],
  [
    'a host name in MIME',
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/cloud-config\n\nhostname: theirs\n--b--\n',
    { hostname: 'theirs' },
  ],
  [
    'login keys',
    '#cloud-config\nssh_authorized_keys: [ssh-rsa THEIRS]\n',
    { ssh_authorized_keys: ['ssh-rsa THEIRS', 'ssh-ed25519 OUR-LOGIN'] },
  ],
  [
    'users with keys',
    '#cloud-config\nusers: [default, {name: eve, ssh_authorized_keys: [ssh-rsa EVE]}]\n',
    {
      users: ['default', { name: 'eve', ssh_authorized_keys: ['ssh-rsa EVE'] }],
      ssh_authorized_keys: ['ssh-ed25519 OUR-LOGIN'],
    },
  ],
  [
    'host keys, and a wish to merge',
    '#cloud-config\nmerge_how: dict(recurse_dict)+list(append)+str(append)\nssh_deletekeys: false\nssh_keys: {rsa_private: THEIRS}\n',
    {
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: 'OUR PRIVATE\nHALF\n', ed25519_public: 'ssh-ed25519 OURS' },
    },
  ],
];

const merged = rows.map(([, own]) => mergeUserData(own, 'web-1', login) ?? '');

describe.skipIf('missing' in python)(`cloud-init's own Python code${why}`, () => {
  let seen: Record<string, unknown>[] = [];
  beforeAll(() => {
    if ('missing' in python) return;
    const script = fileURLToPath(new URL('../../support/cloud_init.py', import.meta.url));
    const options = { input: JSON.stringify(merged), env: python.env, encoding: 'utf8' } as const;
    seen = JSON.parse(execFileSync(python.path, [script], options));
  });

  test.each(rows)('the user brings %s', (what, _own, expected) => {
    expect(seen[rows.findIndex(([each]) => each === what)]).toMatchObject(expected);
  });

  test("the simulator's guests make the same of all of them", () => {
    expect(merged.map((userData) => cloudConfigOf(userData).config)).toEqual(seen);
  });
});

test.each(rows)('a guest of the simulator: the user brings %s', (_what, own, expected) => {
  const { config, problems } = cloudConfigOf(mergeUserData(own, 'web-1', login) ?? '');
  expect(config).toMatchObject(expected);
  expect(problems).toEqual([]);
});
