import { Runtime } from '@temporalio/worker';
import { FIRST_LOOKS, ServedProject } from '../activities/project.ts';
import { timing } from '../contract/timing.ts';
import { messageOf } from '../contract/unknown.ts';
import {
  type Governors,
  Ovh,
  OvhApiError,
  OvhNetworkError,
  isCredentialRefusal,
  type Credentials,
} from '../ovh/index.ts';
import type { AccountMetrics } from './account-metrics.ts';
import type { WorkerConfig } from './config.ts';
import { ConfigError } from './configuration/config-error.ts';
import { isLoopback, type ProjectConfig } from './configuration/projects.ts';
import type { Members } from './members.ts';
import type { OvhMetrics } from './ovh-metrics.ts';
import type { Readiness } from './readiness.ts';
import type { Traces } from './traces.ts';

/** What all projects of a worker have in common. */
interface Shared {
  config: WorkerConfig;
  metrics: OvhMetrics;
  account: AccountMetrics;
  readiness: Readiness;
  traces: Traces | undefined;
  governors: Governors;
  members: Members;
}

/** @throws ConfigError when OVH does not show the project to these credentials */
export async function openProject(config: ProjectConfig, shared: Shared): Promise<ServedProject> {
  try {
    const { project, ovh } = projectOf(config, await config.credentials(), shared);
    await ovh.projects.get(config.projectId);
    return project;
  } catch (error) {
    throw new ConfigError(cannotOpen(error, config, config.origin), { cause: error });
  }
}

/** `known`: what the source of its credentials says now, by which OVH counts its requests. */
export function projectOf(
  config: ProjectConfig,
  known: Credentials,
  {
    config: { owner, settleMs, firstLooks },
    metrics,
    account,
    readiness,
    traces,
    governors,
    members,
  }: Shared,
): { project: ServedProject; ovh: Ovh } {
  const { alias, projectId, endpoint, credentials, subsidiary } = config;
  const { requestMs: timeoutMs } = timing;
  const watched = metrics.of(alias, governors.of(endpoint, known));
  const traced = traces?.calls(alias, watched.fetch) ?? watched.fetch;
  const fetch = readiness.hearing(endpoint, traced);
  const ovh = new Ovh({ endpoint, credentials, timeoutMs, ...watched, fetch });
  account.watch(alias, ovh);
  const project = new ServedProject({
    alias,
    projectId,
    owner,
    ovh,
    settleMs: config.settleMs ?? settleMs,
    subsidiary,
    isReal: config.isReal ?? !isLoopback(endpoint),
    firstLooks: { ...FIRST_LOOKS, ...firstLooks },
    workers: () => members.count,
    sawIncompleteList: ({ kind, region = 'all regions', missing, isNews }) => {
      metrics.incompleteList(alias, kind);
      if (!isNews) return;
      const what = `OVH's list of the ${kind}s of project "${alias}" in ${region} leaves out ${missing.join(', ')}`;
      Runtime.instance().logger.warn(`${what}: it is asked again, and nothing is concluded from it`);
    },
  });
  return { project, ovh };
}

function cannotOpen(error: unknown, { alias, projectId, endpoint }: ProjectConfig, origin: string): string {
  const said = messageOf(error);
  if (isCredentialRefusal(error))
    return `OVH refused the credentials of project "${alias}" (${origin}): ${said}; renew them, and check that they were made at ${endpoint}`;
  if (error instanceof OvhNetworkError)
    return `OVH cannot be reached at ${endpoint}: ${said}; check OVH_ENDPOINT and the network`;
  if (error instanceof OvhApiError && error.status === 404)
    return `the credentials of project "${alias}" (${origin}) see no project ${projectId}; check OVH_CLOUD_PROJECT_SERVICE`;
  return `project "${alias}" cannot be opened: ${said}`;
}
