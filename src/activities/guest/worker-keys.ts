import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';

/** What is wrong with a key that a spec names, in a sentence; never with a word of the key itself. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** The private keys that a worker logs in with, by name: files of one folder. They leave it only for SSH itself. */
export class WorkerKeys {
  readonly #directory: string | undefined;

  constructor(directory: string | undefined) {
    this.#directory = directory;
  }

  /** @throws KeyError */
  async names(): Promise<string[]> {
    const files = await readdir(this.#folder()).catch((error: NodeJS.ErrnoException) => {
      throw new KeyError(`the worker cannot read MOORING_SSH_KEYS_DIR (${error.code})`);
    });
    return files.filter((name) => !name.startsWith('.') && !name.endsWith('.pub')).sort();
  }

  /** Its one key, where a request names none. @throws KeyError */
  async only(): Promise<string | null> {
    if (this.#directory === undefined) return null;
    const [name, ...more] = await this.names();
    return name !== undefined && more.length === 0 ? name : null;
  }

  /** Read anew each time, so that a key that was replaced is used. @throws KeyError */
  async privateKey(name: string): Promise<Buffer> {
    const path = join(this.#folder(), name);
    return readFile(path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT')
        throw new KeyError(`the worker cannot read the SSH key "${name}" (${error.code})`);
      const known = await this.names();
      const has = known.length > 0 ? `it has ${known.join(', ')}` : 'its folder is empty';
      throw new KeyError(`the worker has no SSH key "${name}"; ${has} (MOORING_SSH_KEYS_DIR)`);
    });
  }

  /** Its public line, without a comment. @throws KeyError */
  async publicKey(name: string): Promise<string> {
    const key = ssh2.utils.parseKey(await this.privateKey(name));
    if (key instanceof Error) throw new KeyError(unreadable(name, key));
    if (!key.isPrivateKey())
      throw new KeyError(`the worker's SSH key "${name}" is a public key; its private half is needed`);
    return `${key.type} ${key.getPublicSSH().toString('base64')}`;
  }

  #folder(): string {
    if (this.#directory === undefined)
      throw new KeyError(
        'the worker has no SSH keys; set MOORING_SSH_KEYS_DIR to the folder that holds them',
      );
    return this.#directory;
  }
}

function unreadable(name: string, { message }: Error): string {
  const why = /passphrase|encrypted/i.test(message)
    ? 'is encrypted, and a worker has nobody to ask for the passphrase; take it off with ssh-keygen -p'
    : 'is none that can be read; write it anew with ssh-keygen -p, in the format of OpenSSH';
  return `the worker's SSH key "${name}" ${why}`;
}
