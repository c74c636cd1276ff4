import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookAtGuests } from '../../src/cli/doctor/look-at-guests.ts';
import { loginKey } from '../support/sshd.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the doctor looks at SSH keys and at host key secrets, and says what to do', async () => {
  const keys = await temporaryFolder();
  const file = join(keys, 'tests');
  const secret = { MOORING_HOST_KEY_SECRET: 'a secret of the tests that is long enough' };
  const withKeys = { MOORING_SSH_KEYS_DIR: keys };
  expect(await lookAtGuests({})).toMatchObject({ state: 'off', exitCode: 0 });
  expect(await lookAtGuests(secret)).toMatchObject({ state: 'warning', says: 'no SSH key' });
  expect(await lookAtGuests({ ...secret, ...withKeys })).toMatchObject({
    state: 'warning',
    todo: `put a private key into ${keys}`,
  });

  await writeFile(file, loginKey().privateKey, { mode: 0o600 });
  const says = '1 SSH keys (tests), 1 secrets of host keys';
  expect(await lookAtGuests({ ...secret, ...withKeys })).toMatchObject({ state: 'ok', says });
  expect(await lookAtGuests(withKeys)).toMatchObject({
    state: 'warning',
    todo: 'set MOORING_HOST_KEY_SECRET, or give ssh.hostKey in each spec',
  });
  await chmod(file, 0o644);
  expect(await lookAtGuests({ ...secret, ...withKeys })).toMatchObject({
    state: 'warning',
    says: 'other users may read tests',
  });
  await writeFile(file, 'no key');
  expect(await lookAtGuests({ ...secret, ...withKeys })).toMatchObject({ state: 'failed' });
});
