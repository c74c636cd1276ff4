import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { finalFailure } from './exactly-once/to-failure.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** What specs may name of a worker's own: nothing, unless its configuration says otherwise. */
export interface SourceRights {
  /** Files in it, and nowhere else. */
  directory: string | undefined;
  /** Environment variables, by name. */
  variables: readonly string[];
}

/** How a kind of source is called in the worker's configuration, and how much of it is taken. */
interface SourceKind {
  directoryVariable: string;
  namesVariable: string;
  maxBytes: number;
  /** Why no more. */
  because: string;
}

/** Reads what a spec only names, so that it passes neither through Temporal nor through the client. */
export class WorkerSource {
  readonly #kind: SourceKind;
  readonly #rights: SourceRights;
  readonly #env: NodeJS.ProcessEnv;

  constructor(kind: SourceKind, rights: SourceRights, env: NodeJS.ProcessEnv = process.env) {
    this.#kind = kind;
    this.#rights = rights;
    this.#env = env;
  }

  /**
   * @param field Which field of the spec names it, for people.
   * @param from `file:web.yaml` or `env:WEB_USER_DATA`.
   * @throws PreflightFailed with what to do about it.
   */
  async read(field: string, from: string): Promise<Buffer> {
    const [kind, name] = [from.slice(0, from.indexOf(':')), from.slice(from.indexOf(':') + 1)];
    const asked = `${field} "${from}"`;
    return kind === 'file' ? this.#file(asked, name) : Buffer.from(this.#variable(asked, name));
  }

  async #file(asked: string, name: string): Promise<Buffer> {
    const { directory } = this.#rights;
    const { directoryVariable } = this.#kind;
    if (directory === undefined)
      throw refused(
        asked,
        `this worker reads no files; set ${directoryVariable} to the directory that holds them`,
      );
    const root = await realpath(directory).catch((error: NodeJS.ErrnoException) => {
      throw refused(asked, `the worker cannot read ${directoryVariable} (${error.code})`);
    });
    const path = await inside(root, name);
    // One answer, so that nobody learns from it which files the worker's machine has.
    if (path === undefined) throw refused(asked, `${directoryVariable} has no such file`);
    return this.#contents(asked, path);
  }

  /** Opens once, and reads what was looked at: a file that is put in its place afterwards is another one. */
  async #contents(asked: string, path: string): Promise<Buffer> {
    // Without O_NONBLOCK, a FIFO would hold one of Node's few threads until somebody writes into it.
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
      (error: NodeJS.ErrnoException) => {
        throw refused(asked, `the worker cannot read it (${error.code})`);
      },
    );
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw refused(asked, 'it is not a regular file');
      const { maxBytes, because } = this.#kind;
      const tooLarge = `it has more than the ${maxBytes} bytes that ${because}`;
      if (found.size > maxBytes) throw refused(asked, tooLarge);
      // One byte more than it may have, for a file that grows while it is read.
      const bytes = Buffer.alloc(maxBytes + 1);
      const length = await fill(bytes, handle);
      if (length === bytes.length) throw refused(asked, tooLarge);
      return bytes.subarray(0, length);
    } finally {
      await handle.close();
    }
  }

  #variable(asked: string, name: string): string {
    if (!this.#rights.variables.includes(name))
      throw refused(asked, `this worker does not allow it; add it to ${this.#kind.namesVariable}`);
    const value = this.#env[name];
    if (value === undefined) throw refused(asked, 'the variable is not set on this worker');
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

function refused(asked: string, why: string): Error {
  return finalFailure('PreflightFailed', `${asked}: ${why}`);
}
