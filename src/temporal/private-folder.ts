import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a folder that only its owner enters. What earlier versions left open in it, and it, are closed. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await close(path, 0o700);
  for (const file of await readdir(path, { withFileTypes: true }))
    if (file.isFile()) await close(join(path, file.name), 0o600);
}

/** Runs `act`, which must be synchronous; what it creates, and what a process that it starts creates, is our user's alone. */
export function creatingPrivately<T>(act: () => T): T {
  const usual = process.umask(0o077);
  try {
    return act();
  } finally {
    process.umask(usual);
  }
}

async function close(path: string, mode: number): Promise<void> {
  const found = await stat(path);
  if ((found.mode & 0o077) !== 0 && found.uid === process.getuid?.()) await chmod(path, mode);
}
