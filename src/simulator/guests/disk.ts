import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { isMissing } from './is-missing.ts';
import type { GuestUser } from './users.ts';

const run = promisify(execFile);

/**
 * The folder of one guest: `disk` with the homes of its users, `kept` with what a power loss leaves of them, and beside
 * them what its programs read.
 */
export class Disk {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  home(user: string): string {
    return join(this.folder, 'disk', homeOf(user));
  }

  /** Empty, or a copy of another guest's. */
  async make(programs: string, copyOf?: string): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await symlink(programs, join(this.folder, 'bin'));
    if (copyOf === undefined) return;
    for (const root of ['disk', 'kept']) await copy(copyOf, join(this.folder, root));
  }

  /** Gives the users their homes and keys, written at once, and lets them in by no other key. */
  async addUsers(users: readonly GuestUser[]): Promise<void> {
    for (const { name, authorizedKeys } of users) {
      const lines = [...new Set(authorizedKeys)].map((line) => `${line}\n`);
      for (const root of ['disk', 'kept']) {
        const ssh = join(this.folder, root, homeOf(name), '.ssh');
        await mkdir(ssh, { recursive: true, mode: 0o700 });
        await writeFile(join(ssh, 'authorized_keys'), lines.join(''), { mode: 0o600 });
      }
    }
    const sudoers = users.filter(({ sudo }) => sudo).map(({ name }) => `${name}\n`);
    await writeFile(join(this.folder, 'sudoers'), sudoers.join(''));
  }

  /** A boot has an id of its own. */
  async boots(hostname: string): Promise<string> {
    const bootId = randomUUID();
    await writeFile(join(this.folder, 'boot-id'), `${bootId}\n`);
    await writeFile(join(this.folder, 'hostname'), `${hostname}\n`);
    // Of a `sync` that was killed.
    await rm(join(this.folder, 'syncing'), { recursive: true, force: true });
    return bootId;
  }

  /** What `cloud-init status` reads; without it there is no such program. Renamed into its place, so never half there. */
  async cloudInit(text: string | undefined): Promise<void> {
    const path = join(this.folder, 'cloud-init');
    if (text === undefined) return rm(path, { force: true });
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }

  async authorizedKeys(user: string): Promise<string> {
    return readFile(join(this.home(user), '.ssh', 'authorized_keys'), 'utf8').catch(() => '');
  }

  /** Everything is written, as before an orderly halt. */
  async sync(): Promise<void> {
    await rm(join(this.folder, 'kept'), { recursive: true, force: true });
    await copy(join(this.folder, 'disk'), join(this.folder, 'kept'));
  }

  /** Nothing is written from now on, until `loseUnwritten`: waits for a `sync` under way, which else were cut in two. */
  async stopWriting(): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        return await mkdir(join(this.folder, 'syncing'));
      } catch (error) {
        if (isMissing(error)) return;
        await sleep(5);
      }
    }
  }

  /** What was never synced is gone. */
  async loseUnwritten(): Promise<void> {
    await rm(join(this.folder, 'disk'), { recursive: true, force: true });
    await copy(join(this.folder, 'kept'), join(this.folder, 'disk'));
  }

  /** What an image of it has: that of a running machine is what it has written so far. */
  async image(to: string): Promise<void> {
    await copy(join(this.folder, 'kept'), to);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function homeOf(user: string): string {
  return user === 'root' ? 'root' : join('home', user);
}

/** By `cp`, which knows links that lead nowhere, pipes and sockets. What changes meanwhile is copied as it is found. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]).catch((error: Error & { code?: number }) => {
    if (error.code !== 1) throw error;
  });
}
