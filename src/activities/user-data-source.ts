import { readFile, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { finalFailure } from './to-failure.ts';

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
    try {
      const root = await realpath(directory);
      const path = await realpath(resolve(root, name));
      // Also a link must not lead out of the directory.
      if (!path.startsWith(root + sep)) throw refused(from, 'it lies outside of MOORING_USER_DATA_DIR');
      return await readFile(path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === undefined ? error : refused(from, `the worker cannot read it (${code})`);
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

function refused(from: string, why: string): Error {
  return finalFailure('PreflightFailed', `userDataFrom "${from}": ${why}`);
}
