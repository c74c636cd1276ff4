import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/* Each folder knows those above it in this list, and none below: what others stand on can be read without them. */

const FOLDERS = [
  ...['input', 'contract', 'identity', 'ovh', 'guest', 'simulator', 'temporal', 'needs'],
  ...['activities', 'workflows', 'client', 'worker', 'entries', 'conformance', 'cli'],
];
const src = join(import.meta.dirname, '../../src');

/** A client is an entry of the package, too; and what the package lets others install is known to more than its entries. */
const OTHERS: Record<string, string> = { 'client/index.ts': 'entries', 'entries/needs.ts': 'needs' };
const folderOf = (file: string) => OTHERS[file] ?? file.split('/')[0] ?? file;

test('nothing imports upwards, and no file is alone', async () => {
  const files = (await readdir(src, { recursive: true })).filter((file) => file.endsWith('.ts'));
  expect(new Set(files.map(folderOf))).toEqual(new Set(FOLDERS));
  const upwards: string[] = [];
  for (const file of files)
    for (const [, path = ''] of (await readFile(join(src, file), 'utf8')).matchAll(/ from '(\.[^']+)'/g)) {
      const other = folderOf(join(dirname(file), path));
      if (FOLDERS.indexOf(other) > FOLDERS.indexOf(folderOf(file))) upwards.push(`${file} imports ${other}`);
    }
  expect(upwards).toEqual([]);
});
