import { ConfigError } from './config-error.ts';
import { folderOf } from './folder.ts';
import { ownSecretIn, ownVariable } from './own-secrets.ts';
import { ovhConfFilesOf, type LoadWorkerConfigOptions } from './projects.ts';
import { checked, setting } from './settings.ts';

/** What specs may name. Nothing that specs may name is one of the worker's own secrets. */
export async function sourcesOf(
  env: NodeJS.ProcessEnv,
  options: LoadWorkerConfigOptions,
  {
    directoryVariable,
    namesVariable,
    what,
  }: { directoryVariable: string; namesVariable: string; what: string },
): Promise<{ directory: string | undefined; variables: string[] }> {
  const variables = checked(env, namesVariable, setting.variables) ?? [];
  const own = ownVariable(variables);
  if (own !== undefined)
    throw new ConfigError(
      `${namesVariable} names ${own}, which is the worker's own: whoever starts a run would read it; name variables that hold ${what} alone`,
    );
  const directory = await folderOf(env, directoryVariable);
  const secret = directory && (await ownSecretIn(directory, env, ovhConfFilesOf(options)));
  if (secret)
    throw new ConfigError(
      `${directoryVariable}: ${directory} holds ${secret}, and whoever starts a run would read it; keep ${what} in a folder of its own`,
    );
  return { directory, variables };
}
