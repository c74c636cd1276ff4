import { readFile } from 'node:fs/promises';
import { codeOf } from '../../contract/unknown.ts';
import { secretFile } from '../../input/secret-file.ts';
import { OvhConfigError } from '../errors.ts';
import { type Ini, parseIni } from './parse-ini.ts';

export type Environment = Record<string, string | undefined>;

/** A value, and where a person finds it. */
export interface Setting {
  value: string;
  origin: string;
  place: SettingOrigin;
}

/** Who set a value. In a file, credentials stand in the section of the endpoint that they are for. */
type SettingOrigin = 'argument' | 'environment' | 'file' | 'default';

/** The places of the settings, read once; the first that has a value wins. */
export class Settings {
  readonly #env: Environment;
  readonly #files: { file: string; ini: Ini }[];
  /** For messages: the files, strongest first, with those marked that may not be read. */
  readonly looked: string[];

  private constructor(env: Environment, files: { file: string; ini: Ini }[], looked: string[]) {
    this.#env = env;
    this.#files = files;
    this.looked = looked;
  }

  /**
   * @param files `ovh.conf` files, strongest first. One that is missing or not readable counts as empty.
   * @throws OvhConfigError for one that is malformed.
   */
  static async read(env: Environment, files: string[]): Promise<Settings> {
    const read = await Promise.all(files.map(async (file) => ({ file, ...(await readIni(file)) })));
    const looked = read.map(({ file, denied }) => (denied ? `${file} (not readable)` : file));
    return new Settings(env, read, looked);
  }

  /** `OVH_X`, or the first file that has the key in the section; an empty value counts as none. */
  find(variable: string, section: string, key: string): Setting | undefined {
    const value = this.#env[variable]?.trim(); // a secret from a file likes to keep its line break
    if (value) return { value, origin: variable, place: 'environment' };
    for (const { file, ini } of this.#files) {
      const value = ini.get(section)?.get(key);
      if (value) return { value, origin: `${key} in ${file}`, place: 'file' };
    }
    return undefined;
  }

  /**
   * As `find`, and `OVH_X_FILE` as well: a file that holds the secret alone.
   *
   * @throws OvhConfigError when that file is missing or empty, or both variables are set.
   */
  async findSecret(variable: string, section: string, key: string): Promise<Setting | undefined> {
    const file = secretFile(this.#env, variable, OvhConfigError);
    if (!file) return this.find(variable, section, key);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      const who = error.code === 'EACCES' ? `: user ${process.getuid?.()}, who runs this, may not` : '';
      throw new OvhConfigError(`${variable}_FILE: cannot read ${file} (${error.code})${who}`);
    });
    const value = text.trim();
    if (value === '') throw new OvhConfigError(`${variable}_FILE: ${file} is empty`);
    return { value, origin: `${variable}_FILE`, place: 'environment' };
  }
}

async function readIni(file: string): Promise<{ ini: Ini; denied: boolean }> {
  try {
    return { ini: parseIni(await readFile(file, 'utf8'), file), denied: false };
  } catch (error) {
    if (error instanceof OvhConfigError) throw error;
    const code = codeOf(error);
    return { ini: new Map(), denied: code !== 'ENOENT' && code !== 'ENOTDIR' };
  }
}
