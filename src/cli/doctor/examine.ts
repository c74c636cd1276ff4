import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { usualFiles } from '../../ovh/index.ts';
import { loadProjects, type ProjectConfig } from '../../worker/configuration/projects.ts';
import { refuseMisspelt, strangersIn } from '../../worker/configuration/variables.ts';
import { MOORING_VERSION } from '../../worker/version.ts';
import { look, type Finding } from './finding.ts';
import { lookAtGuests } from './look-at-guests.ts';
import { lookAtOvh } from './look-at-ovh.ts';
import { lookAtCodec, lookAtSecrets } from './look-at-secrets.ts';
import { lookAtTemporal } from './look-at-temporal.ts';
import { lookAtWatching } from './look-at-watching.ts';

/** Looks at everything that a provisioning needs, at all of it at once where one thing does not need another. */
export async function examine({ prometheus }: { prometheus?: string }): Promise<Finding[]> {
  const { env } = process;
  let projects: ProjectConfig[] = [];
  const configuration = look('configuration', 'see the guide on workers', async () => {
    refuseMisspelt(env);
    const isWorkers = isWorkersMachine(env);
    if (isWorkers) projects = await loadProjects(env);
    const strangers = strangersIn(env).join(', ');
    if (strangers !== '')
      return {
        state: 'warning',
        says: `nothing reads ${strangers}`,
        todo: 'see the guide on workers for what is read',
      };
    if (!isWorkers)
      return {
        state: 'off',
        says: 'none of a worker: this machine asks, and workers elsewhere call OVH',
        todo: 'see the guide on workers to have one here',
      };
    return { state: 'ok', says: projects.map(({ alias, origin }) => `${alias} by ${origin}`).join('; ') };
  });
  const [configured, secrets, encryption, guests, temporal, ...watching] = await Promise.all([
    configuration,
    lookAtSecrets(env),
    lookAtCodec(env),
    lookAtGuests(env),
    lookAtTemporal(env['MOORING_TASK_QUEUE'] || 'mooring'),
    ...lookAtWatching(env, prometheus),
  ]);
  const ovh = projects.length === 0 ? [] : await Promise.all(lookAtOvh(projects));
  const versions = await look('versions', '', async () => ({
    state: 'ok',
    says: `Mooring ${MOORING_VERSION}, Node ${process.versions.node}`,
  }));
  return [configured, secrets, encryption, guests, ...ovh, ...temporal, ...watching, versions];
}

/** Whether anybody has configured a worker here: then what is missing of it is a fault. */
function isWorkersMachine(env: NodeJS.ProcessEnv): boolean {
  const isNamed = Object.entries(env).some(
    ([name, value]) => value && /^(OVH_\w+|MOORING_OWNER|MOORING_PROJECTS_FILE)$/.test(name),
  );
  return isNamed || usualFiles({ cwd: process.cwd(), home: homedir() }).some((file) => existsSync(file));
}
