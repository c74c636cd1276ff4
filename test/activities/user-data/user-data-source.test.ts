import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { UserDataSource } from '../../../src/activities/user-data/user-data-source.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: string;
let source: UserDataSource;
beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, 'allowed', 'web'), { recursive: true });
  await writeFile(join(folder, 'secret'), 'secret');
  source = new UserDataSource({ directory: join(folder, 'allowed'), variables: [] }, {});
});

const file = (name: string) => join(folder, 'allowed', name);

test('reads a file, also through links that stay inside, as Kubernetes mounts them', async () => {
  await writeFile(file('web/one.yaml'), '#cloud-config\n');
  await symlink('web', file('..data'));
  await symlink('..data/one.yaml', file('web.yaml'));

  expect(await source.read('file:web.yaml')).toBe('#cloud-config\n');
  await writeFile(file('empty'), '');
  expect(await source.read('file:empty')).toBe('');
});

test('gives one answer to what is not there and to what lies outside', async () => {
  await symlink(join(folder, 'secret'), file('link'));
  await symlink(folder, file('up'));
  const outside = [
    '../secret',
    'web/../../secret',
    '../none',
    'link',
    'up/secret',
    'up/none',
    'none',
    'a\0b',
    '..',
  ];

  for (const name of outside) {
    const asked = `file:${name}`;
    await expect(source.read(asked)).rejects.toThrow(
      `userDataFrom "${asked}": MOORING_USER_DATA_DIR has no such file`,
    );
  }
});

test('a FIFO, a folder and a device hold nothing up', async () => {
  await promisify(execFile)('mkfifo', [file('fifo')]);

  // More than Node has threads for files.
  const asked = Array.from({ length: 16 }, async () => source.read('file:fifo').catch(String));
  for (const answer of await Promise.all(asked)) expect(answer).toContain('it is not a regular file');
  await expect(source.read('file:web')).rejects.toThrow('it is not a regular file');
});

test('reads as much as OVH takes, and refuses more before it is read', async () => {
  await writeFile(file('most'), 'x'.repeat(49_149));
  await writeFile(file('more'), 'x'.repeat(49_150));

  expect(await source.read('file:most')).toHaveLength(49_149);
  await expect(source.read('file:more')).rejects.toThrow('it has more than the 49149 bytes that OVH takes');
});
