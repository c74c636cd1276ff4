/*
 * `mooring/worker`: a worker inside a program of one's own. What it needs beside this package is loaded, and asked for,
 * once it is called.
 */
import type { ConnectOptions } from '../temporal/address.ts';
import type { WorkerConfig } from '../worker/config.ts';
import type { RunningWorker } from '../worker/running-worker.ts';
import type { RuntimeSettings } from '../worker/worker.ts';
import { requirePackages } from './needs.ts';

export { loadWorkerConfig, type Deployment, type WorkerConfig } from '../worker/config.ts';
export { ConfigError } from '../worker/configuration/config-error.ts';
export type { LoadWorkerConfigOptions, ProjectConfig } from '../worker/configuration/projects.ts';
export type { LogLevel } from '../worker/configuration/settings.ts';
export { isMooringError, MooringError } from '../contract/error.ts';
export { CodecKeyError } from '../temporal/codec/codec-keys.ts';
export { TemporalUnreachable } from '../temporal/temporal-unreachable.ts';
export { PackagesMissing } from './needs.ts';
export type { FirstLooks } from '../activities/project.ts';
export type { GuestRights } from '../activities/guest/guest-access.ts';
export type { Credentials, CredentialSource } from '../ovh/index.ts';
export type { ConnectOptions } from '../temporal/address.ts';
export type { Ready } from '../worker/readiness.ts';
export type { RunningWorker } from '../worker/running-worker.ts';
export type { RuntimeSettings } from '../worker/worker.ts';

const load = () => {
  requirePackages('mooring/worker', 'worker');
  return import('../worker/worker.ts');
};

/**
 * Starts a worker: takes steps from Temporal and calls OVH until it is told to stop. `config.workflowBundle` may hold
 * workflows of one's own beside those of `mooring/workflows`.
 *
 * @param temporal where Temporal is; default: as Temporal's own environment configuration says
 * @throws PackagesMissing, TemporalUnreachable, ConfigError, CodecKeyError, or OvhError when OVH does not answer
 */
export async function startWorker(config: WorkerConfig, temporal?: ConnectOptions): Promise<RunningWorker> {
  return (await load()).startWorker(config, temporal);
}

/**
 * Once per process, before anything of Temporal's native runtime is used, where the program does not install one itself:
 * logs on standard error, Prometheus metrics where an address is given, and a heap that stays small. A worker's configuration
 * has both settings. (`/healthz` and `/readyz` are the command's, `mooring worker`.)
 *
 * @throws PackagesMissing; ConfigError when nothing can listen at the address
 */
export async function installRuntime(settings?: RuntimeSettings): Promise<void> {
  (await load()).installRuntime(settings);
}
