import { execFile } from 'node:child_process';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { lookAtSecrets } from '../../src/cli/doctor/look-at-secrets.ts';
import { changeOvhConf } from '../../src/cli/ovh-conf.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const change = { 'ovh-eu': { consumer_key: 'ck' } };

describe('writing an ovh.conf', () => {
  test('makes one that its owner alone reads, and leaves nothing else behind', async () => {
    const file = join(folder, 'ovh.conf');

    await changeOvhConf(file, change);
    await changeOvhConf(file, { default: { endpoint: 'ovh-eu' } });

    expect(await readFile(file, 'utf8')).toBe('[ovh-eu]\nconsumer_key=ck\n\n[default]\nendpoint=ovh-eu\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['ovh.conf']);
  });

  test('goes through a link, and leaves it one', async () => {
    await writeFile(join(folder, 'real'), '', { mode: 0o600 });
    await symlink('real', join(folder, 'ovh.conf'));

    await changeOvhConf(join(folder, 'ovh.conf'), change);

    expect((await lstat(join(folder, 'ovh.conf'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real'), 'utf8')).toContain('consumer_key=ck');
  });

  test.each<[string, (file: string) => Promise<unknown>, string]>([
    ['a FIFO', async (file) => promisify(execFile)('mkfifo', [file]), 'is not a regular file'],
    ['a folder', async (file) => mkdir(file), 'is not a regular file'],
    ['a link to nowhere', async (file) => symlink('nowhere', file), 'is a link to nowhere'],
    ['a device', async (file) => symlink('/dev/null', file), 'is not a regular file'],
    ['what others may read', async (file) => writeFile(file, 'theirs', { mode: 0o644 }), 'chmod 600'],
    [
      'what others may write',
      async (file) => writeFile(file, 'theirs', { mode: 0o600 }).then(() => chmod(file, 0o620)),
      'chmod 600',
    ],
  ])('never replaces %s', async (_, make, sentence) => {
    const file = join(folder, 'ovh.conf');
    await make(file);
    const before = await lstat(file);

    await expect(changeOvhConf(file, change)).rejects.toThrow(sentence);

    const { ino, mode, size } = await lstat(file);
    expect({ ino, mode, size }).toEqual({ ino: before.ino, mode: before.mode, size: before.size });
    expect(await readdir(folder)).toEqual(['ovh.conf']);
  });

  test('removes nothing that it did not make when it fails', async () => {
    await writeFile(join(folder, 'ovh.conf'), '', { mode: 0o600 });
    await writeFile(join(folder, `ovh.conf.${process.pid}.new`), 'of somebody else');

    await changeOvhConf(join(folder, 'ovh.conf'), change);

    expect((await readdir(folder)).sort()).toEqual(['ovh.conf', `ovh.conf.${process.pid}.new`]);
  });
});

test('doctor names the files with secrets that others may read', async () => {
  const [open, closed] = [join(folder, 'open'), join(folder, 'closed')];
  await writeFile(open, 'secret', { mode: 0o644 });
  await writeFile(closed, 'secret', { mode: 0o600 });

  const found = await lookAtSecrets({ OVH_CONSUMER_KEY_FILE: open, MOORING_CODEC_KEY_FILE: closed });

  expect(found).toMatchObject({ state: 'warning', todo: expect.stringContaining(`chmod 600`) });
  expect(found.says).toContain(open);
  expect(found.says).not.toContain(closed);
});
