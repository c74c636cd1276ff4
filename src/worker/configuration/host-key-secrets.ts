import { readFile } from 'node:fs/promises';
import { secretFile } from '../../input/secret-file.ts';
import { ConfigError } from './config-error.ts';

/** Longer than anybody guesses: whoever knows it can pretend to be any node. */
const LEAST_SECRET = 32;

/** Commas or line ends between them; the first makes new keys, any of them is recognized. */
export async function hostKeySecretsOf(env: NodeJS.ProcessEnv): Promise<string[]> {
  const file = secretFile(env, 'MOORING_HOST_KEY_SECRET', ConfigError);
  const variable = file ? 'MOORING_HOST_KEY_SECRET_FILE' : 'MOORING_HOST_KEY_SECRET';
  const text = file
    ? await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new ConfigError(`${variable}: cannot read ${file} (${error.code})`);
      })
    : (env[variable] ?? '');
  const secrets = text
    .split(/[,\n]/)
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  if (file && secrets.length === 0) throw new ConfigError(`${variable}: ${file} holds no secret`);
  if (secrets.some(({ length }) => length < LEAST_SECRET))
    throw new ConfigError(
      `${variable} must have at least ${LEAST_SECRET} characters, such as the output of openssl rand -hex 32: host keys are derived from it`,
    );
  return secrets;
}
