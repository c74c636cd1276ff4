import { stat } from 'node:fs/promises';
import { codeOf } from '../../contract/unknown.ts';
import { ConfigError } from './config-error.ts';

/**
 * The folder that a variable names; undefined where none does.
 *
 * @throws ConfigError where no such folder is there: a run would wait for it otherwise, or fail
 */
export async function folderOf(env: NodeJS.ProcessEnv, variable: string): Promise<string | undefined> {
  const folder = env[variable];
  if (!folder) return undefined;
  const found = await stat(folder).catch((error: unknown) => {
    throw new ConfigError(`${variable}: there is no folder ${folder} (${codeOf(error)})`);
  });
  if (!found.isDirectory()) throw new ConfigError(`${variable}: ${folder} is no folder`);
  return folder;
}
