import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** Of the histories in a folder, as `sha256sum` writes it: which there are, and what is in them. */
export async function sumsOf(folder: URL): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  const lines = names.map(async (name) => {
    const sum = createHash('sha256').update(await readFile(new URL(name, folder)));
    return `${sum.digest('hex')}  ${name}\n`;
  });
  return (await Promise.all(lines)).join('');
}
