import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { UsageError } from './cli-error.ts';

/** Section → key → value. */
export type OvhConfChange = Record<string, Record<string, string>>;

/** What an `ovh.conf` says; empty where there is none. @throws UsageError where it may not be read. */
export async function readOvhConf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw new UsageError(`cannot read ${file} (${code}); name another place with --file`);
  }
}

/**
 * Sets keys in an `ovh.conf` and leaves everything else in it as it is. The file is replaced in one step, so that
 * nobody ever reads half of it, and afterwards only its owner may read it.
 *
 * @throws UsageError where it cannot be written.
 */
export async function changeOvhConf(file: string, change: OvhConfChange): Promise<void> {
  const text = Object.entries(change).reduce(
    (so, [section, values]) => inSection(so, section, values),
    await readOvhConf(file),
  );
  // Through a link to where the file really lies, or the link would be replaced.
  const target = await realpath(file).catch(() => file);
  const draft = `${target}.${process.pid}.new`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot write ${file} (${code}); name another place with --file`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The text with these keys in that section: replaced where they are, added where they are not. */
function inSection(text: string, section: string, values: Record<string, string>): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  let head = lines.findIndex((line) => line.trim() === `[${section}]`);
  if (head < 0) {
    if (lines.length > 0) lines.push('');
    head = lines.push(`[${section}]`) - 1;
  }
  for (const [key, value] of Object.entries(values)) {
    const next = lines.findIndex((line, index) => index > head && /^\s*\[/.test(line));
    const end = next < 0 ? lines.length : next;
    const at = lines.findIndex(
      (line, index) => index > head && index < end && line.split(/[=:]/)[0]?.trim().toLowerCase() === key,
    );
    const line = `${key}=${value}`;
    if (at >= 0) lines[at] = line;
    else lines.splice(lines.slice(head, end).findLastIndex((each) => each.trim() !== '') + head + 1, 0, line);
  }
  return `${lines.join('\n')}\n`;
}
