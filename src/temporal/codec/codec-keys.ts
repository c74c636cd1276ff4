import { readFileSync } from 'node:fs';
import { MooringError } from '../../contract/error.ts';
import { codeOf } from '../../contract/unknown.ts';
import { secretFile } from '../../input/secret-file.ts';

const VARIABLE = 'MOORING_CODEC_KEY';

/** Keys are missing, malformed, or not the ones that something was encrypted with; one sentence that says what to do. */
export class CodecKeyError extends MooringError {
  override readonly name = 'CodecKeyError';

  constructor(message: string) {
    super('CodecKeyError', message);
  }
}

/** The keys that payloads are encrypted with: the first encrypts, each decrypts what carries its id. */
export class CodecKeys {
  readonly currentId: string;
  readonly #keys: ReadonlyMap<string, Buffer>;

  private constructor(currentId: string, keys: ReadonlyMap<string, Buffer>) {
    this.currentId = currentId;
    this.#keys = keys;
  }

  /**
   * Those of `MOORING_CODEC_KEY`, or of the file that `MOORING_CODEC_KEY_FILE` names; undefined where neither is set.
   *
   * @throws CodecKeyError
   */
  static load(env: NodeJS.ProcessEnv): CodecKeys | undefined {
    const file = secretFile(env, VARIABLE, CodecKeyError);
    if (file) return CodecKeys.parse(textOf(file), `${VARIABLE}_FILE (${file})`);
    const given = env[VARIABLE];
    return given ? CodecKeys.parse(given, VARIABLE) : undefined;
  }

  /**
   * `id:base64`, newest first, with commas or line breaks between.
   *
   * @throws CodecKeyError which never shows a key.
   */
  static parse(text: string, origin = VARIABLE): CodecKeys {
    const entries = text
      .split(/[\s,]+/)
      .filter((entry) => entry !== '')
      .map((entry, index) => keyOf(entry, `${origin}, key ${index + 1}`));
    const [current] = entries;
    if (!current) throw new CodecKeyError(`${origin} holds no key; it takes <id>:<32 bytes in base64>`);
    const keys = new Map(entries);
    if (keys.size < entries.length)
      throw new CodecKeyError(`${origin} has two keys of one id; every key needs an id of its own`);
    return new CodecKeys(current[0], keys);
  }

  /** @throws CodecKeyError where that key is not among them. */
  get(id: string): Buffer {
    const key = this.#keys.get(id);
    if (key) return key;
    throw new CodecKeyError(
      `this was encrypted with the key "${id}", which is not among those of ${VARIABLE} (${[...this.#keys.keys()].join(', ')}); add it behind the current one`,
    );
  }
}

function keyOf(entry: string, where: string): [id: string, key: Buffer] {
  const [, id, base64] = /^([\w.-]{1,64}):([A-Za-z0-9+/_-]+=*)$/.exec(entry) ?? [];
  const key = Buffer.from(base64 ?? '', 'base64');
  if (id === undefined || key.length !== 32)
    throw new CodecKeyError(
      `${where}: must be <id>:<32 bytes in base64>, such as the output of echo "k1:$(openssl rand -base64 32)"`,
    );
  return [id, key];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CodecKeyError(`${VARIABLE}_FILE: cannot read ${file} (${codeOf(error)})`);
  }
}
