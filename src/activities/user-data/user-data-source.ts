import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { finalFailure } from '../exactly-once/to-failure.ts';
import { MAX_USER_DATA_BYTES } from './user-data.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** What specs may name by `userDataFrom`: nothing, unless the worker's configuration says otherwise. */
export interface UserDataRights {
  /** Files in it, and nowhere else. */
  directory: string | undefined;
  /** Environment variables, by name. */
  variables: readonly string[];
}

/** Reads user data that a spec only names, so that it passes neither through Temporal nor through the client. */
export class UserDataSource {
  readonly #rights: UserDataRights;
  readonly #env: NodeJS.ProcessEnv;

  constructor(rights: UserDataRights, env: NodeJS.ProcessEnv = process.env) {
    this.#rights = rights;
    this.#env = env;
  }

  /**
   * @param from `file:web.yaml` or `env:WEB_USER_DATA`.
   * @throws PreflightFailed with what to do about it.
   */
  async read(from: string): Promise<string> {
    const [kind, name] = [from.slice(0, from.indexOf(':')), from.slice(from.indexOf(':') + 1)];
    return kind === 'file' ? this.#file(from, name) : this.#variable(from, name);
  }

  async #file(from: string, name: string): Promise<string> {
    const { directory } = this.#rights;
    if (directory === undefined)
      throw refused(
        from,
        'this worker reads no files; set MOORING_USER_DATA_DIR to the directory that holds them',
      );
    const root = await realpath(directory).catch((error: NodeJS.ErrnoException) => {
      throw refused(from, `the worker cannot read MOORING_USER_DATA_DIR (${error.code})`);
    });
    const path = await inside(root, name);
    // One answer, so that nobody learns from it which files the worker's machine has.
    if (path === undefined) throw refused(from, 'MOORING_USER_DATA_DIR has no such file');
    return this.#contents(from, path);
  }

  /** Opens once, and reads what was looked at: a file that is put in its place afterwards is another one. */
  async #contents(from: string, path: string): Promise<string> {
    // Without O_NONBLOCK, a FIFO would hold one of Node's few threads until somebody writes into it.
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
      (error: NodeJS.ErrnoException) => {
        throw refused(from, `the worker cannot read it (${error.code})`);
      },
    );
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw refused(from, 'it is not a regular file');
      const tooLarge = `it has more than the ${MAX_USER_DATA_BYTES} bytes that OVH takes`;
      if (found.size > MAX_USER_DATA_BYTES) throw refused(from, tooLarge);
      // One byte more than it may have, for a file that grows while it is read.
      const bytes = Buffer.alloc(MAX_USER_DATA_BYTES + 1);
      const length = await fill(bytes, handle);
      if (length === bytes.length) throw refused(from, tooLarge);
      return bytes.toString('utf8', 0, length);
    } finally {
      await handle.close();
    }
  }

  #variable(from: string, name: string): string {
    if (!this.#rights.variables.includes(name))
      throw refused(from, 'this worker does not allow it; add it to MOORING_USER_DATA_ENV');
    const value = this.#env[name];
    if (value === undefined) throw refused(from, 'the variable is not set on this worker');
    return value;
  }
}

/** The path of that file where it lies in the folder, also by a link within it; undefined where it does not. */
async function inside(root: string, name: string): Promise<string | undefined> {
  const isIn = (path: string) => path.startsWith(root.endsWith(sep) ? root : root + sep);
  const named = resolve(root, name);
  // Before anything is looked up: what lies outside is nobody's to ask for.
  if (name.includes('\0') || !isIn(named)) return undefined;
  const found = await realpath(named).catch(() => undefined);
  return found !== undefined && isIn(found) ? found : undefined;
}

/** As much of the file as fits; how much that is, in bytes. */
async function fill(bytes: Buffer, handle: FileHandle): Promise<number> {
  for (let length = 0; ;) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === bytes.length) return length;
  }
}

function refused(from: string, why: string): Error {
  return finalFailure('PreflightFailed', `userDataFrom "${from}": ${why}`);
}
