import type { ProjectConfig } from '../worker/configuration/projects.ts';
import type { Ovh, OvhProject } from '../ovh/index.ts';
import { UsageError } from './cli-error.ts';

/** An OVH project as commands see it that ask OVH themselves, without Temporal. */
export interface OpenProject {
  config: ProjectConfig;
  ovh: Ovh;
  project: OvhProject;
}

/**
 * The project of that alias, by the configuration that workers have: `OVH_*`, `ovh.conf`, `MOORING_PROJECTS_FILE`.
 *
 * @throws UsageError for an alias that nobody knows; OvhConfigError or ConfigError where something is missing.
 */
export async function openProject(alias: string | undefined): Promise<OpenProject> {
  const { loadProjects } = await import('../worker/configuration/projects.ts');
  const projects = await loadProjects(process.env);
  const config = alias === undefined ? projects[0] : projects.find((each) => each.alias === alias);
  if (!config) {
    const known = projects.map((each) => each.alias).join(', ');
    throw new UsageError(`project "${alias}" is not configured here; there is ${known}`);
  }
  const client = await import('../ovh/index.ts');
  const ovh = new client.Ovh({ endpoint: config.endpoint, credentials: config.credentials });
  return { config, ovh, project: ovh.project(config.projectId) };
}
