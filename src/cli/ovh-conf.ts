import { randomUUID } from 'node:crypto';
import { lstat, open, readFile, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { codeOf } from '../contract/unknown.ts';
import { UsageError } from './cli-error.ts';

/** Section → key → value. */
type OvhConfChange = Record<string, Record<string, string>>;

/** What an `ovh.conf` says; empty where there is none. @throws UsageError where it may not be read. */
export async function readOvhConf(file: string): Promise<string> {
  await ownTarget(file);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return '';
    throw new UsageError(`cannot read ${file} (${code}); name another place with --file`);
  }
}

/**
 * Sets keys in an `ovh.conf` and leaves everything else in it as it is. The file is replaced in one step, so that
 * nobody ever reads half of it, and only its owner may read it. What is no such file, or not ours, stays as it is.
 *
 * @throws UsageError where it cannot be written, or where others may read what is there.
 */
export async function changeOvhConf(file: string, change: OvhConfChange): Promise<void> {
  const target = await ownTarget(file);
  const text = Object.entries(change).reduce(
    (so, [section, values]) => inSection(so, section, values),
    await readOvhConf(file),
  );
  const draft = `${target}.${randomUUID()}.new`;
  let handle: FileHandle | undefined;
  try {
    // Never one that is there already, and so nobody else's is written to, or removed below.
    handle = await open(draft, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.sync();
    await rename(draft, target);
  } catch (error) {
    if (handle) await rm(draft, { force: true });
    const code = codeOf(error);
    throw new UsageError(`cannot write ${file} (${code}); name another place with --file`);
  } finally {
    await handle?.close();
  }
}

/**
 * Where the file really lies, behind its links, or they would be replaced.
 *
 * @throws UsageError where something else lies there, or a file that others own or may read.
 */
async function ownTarget(file: string): Promise<string> {
  const link = await lstat(file).catch(() => undefined);
  if (!link) return file;
  const target = await realpath(file).catch(() => {
    throw new UsageError(`${file} is a link to nowhere; remove it, or name another place with --file`);
  });
  const found = await stat(target);
  if (!found.isFile()) throw new UsageError(`${file} is not a regular file; name another place with --file`);
  if (found.uid !== process.getuid?.())
    throw new UsageError(`${file} belongs to another user; name another place with --file`);
  if ((found.mode & 0o077) !== 0)
    throw new UsageError(`other users may read or write ${file}, and it is for secrets: chmod 600 ${file}`);
  return target;
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
