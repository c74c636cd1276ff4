import type { GuestRights } from '../activities/guest/guest-access.ts';
import type { FirstLooks } from '../activities/project.ts';
import { timing } from '../contract/timing.ts';
import { ConfigError } from './configuration/config-error.ts';
import { folderOf } from './configuration/folder.ts';
import { hostKeySecretsOf } from './configuration/host-key-secrets.ts';
import { sourcesOf } from './configuration/named-sources.ts';
import {
  isLoopback,
  loadProjects,
  type LoadWorkerConfigOptions,
  type ProjectConfig,
} from './configuration/projects.ts';
import { checked, ownerIn, setting, type LogLevel } from './configuration/settings.ts';
import { refuseMisspelt } from './configuration/variables.ts';
import { MOORING_VERSION } from './version.ts';

/** A worker's configuration, checked once at start. */
export interface WorkerConfig {
  taskQueue: string;
  /** Whose nodes: the mark of every name is made of it. */
  owner: string;
  /** How long OVH's lists may lag, in milliseconds. */
  settleMs: number;
  /** Across all workers of the queue: what changes OVH, at most so many a second. Default: as many as each key lets pass. */
  mutationsPerSecond?: number | undefined;
  /** When a thing is looked at for the first time, in milliseconds, until the worker knows how long it takes. */
  firstLooks?: Partial<FirstLooks>;
  /** Where Prometheus finds metrics, `127.0.0.1:9464`; without it nowhere. */
  metricsAddress?: string | undefined;
  /** What is logged, and what is graver. */
  logLevel: LogLevel;
  /** A bundle made beforehand; else the workflows are bundled at start. */
  workflowBundle: string | undefined;
  /** Given, a run stays with the build that began it. */
  deployment?: Deployment | undefined;
  projects: ProjectConfig[];
  /** Takes no request and no answer that is not encrypted. Default false. */
  refusesPlaintext?: boolean;
  /** Keys, secrets and sources for what is asked of guests. Default: none. */
  guests?: GuestRights;
  /** What specs may name by `userDataFrom`. */
  userData: {
    directory: string | undefined;
    variables: string[];
    /** Also where Temporal's history keeps it for everybody to read. Default false. */
    allowReadable?: boolean;
  };
}

/** A build, as Temporal's worker versioning names it. */
export interface Deployment {
  name: string;
  buildId: string;
}

/**
 * Reads and checks everything that a worker needs.
 *
 * @throws ConfigError or OvhConfigError, one sentence that a person can act on.
 */
export async function loadWorkerConfig(
  env: NodeJS.ProcessEnv,
  options: LoadWorkerConfigOptions = {},
): Promise<WorkerConfig> {
  refuseMisspelt(env);
  const projects = await loadProjects(env, options);
  return {
    taskQueue: checked(env, 'MOORING_TASK_QUEUE', setting.taskQueue) ?? 'mooring',
    owner: ownerOf(env, projects),
    settleMs: settleMsOf(env, projects),
    mutationsPerSecond: checked(env, 'MOORING_MUTATIONS_PER_SECOND', setting.rate),
    firstLooks: checked(env, 'MOORING_FIRST_LOOK', setting.firstLooks) ?? {},
    metricsAddress: checked(env, 'MOORING_METRICS_ADDRESS', setting.address),
    logLevel: checked(env, 'MOORING_LOG_LEVEL', setting.logLevel) ?? 'INFO',
    workflowBundle: env['MOORING_WORKFLOW_BUNDLE'] || undefined,
    deployment: deploymentOf(env),
    projects,
    refusesPlaintext: refusesPlaintext(env),
    userData: await userDataOf(env, options),
    guests: await guestsOf(env, options),
  };
}

function refusesPlaintext(env: NodeJS.ProcessEnv): boolean {
  const refuses = checked(env, 'MOORING_PLAINTEXT', setting.readable) === 'refuse';
  if (refuses && !env['MOORING_CODEC_KEY'] && !env['MOORING_CODEC_KEY_FILE'])
    throw new ConfigError(
      'MOORING_PLAINTEXT=refuse would refuse everything without a key: set MOORING_CODEC_KEY or MOORING_CODEC_KEY_FILE',
    );
  return refuses;
}

async function userDataOf(
  env: NodeJS.ProcessEnv,
  options: LoadWorkerConfigOptions,
): Promise<WorkerConfig['userData']> {
  const rights = await sourcesOf(env, options, {
    directoryVariable: 'MOORING_USER_DATA_DIR',
    namesVariable: 'MOORING_USER_DATA_ENV',
    what: 'user data',
  });
  const allowReadable = checked(env, 'MOORING_READABLE_USER_DATA', setting.readable) === 'allow';
  return { ...rights, allowReadable };
}

async function guestsOf(env: NodeJS.ProcessEnv, options: LoadWorkerConfigOptions): Promise<GuestRights> {
  const sources = await sourcesOf(env, options, {
    directoryVariable: 'MOORING_DEPLOY_DIR',
    namesVariable: 'MOORING_DEPLOY_ENV',
    what: 'what scripts may be given',
  });
  return {
    keysDirectory: await folderOf(env, 'MOORING_SSH_KEYS_DIR'),
    hostKeySecrets: await hostKeySecretsOf(env),
    sources,
  };
}

/** Without a window, what a lost answer had made is not seen yet when it is made again. */
function settleMsOf(env: NodeJS.ProcessEnv, projects: ProjectConfig[]): number {
  const { leastSettleMs } = timing;
  const settleMs = checked(env, 'MOORING_SETTLE', setting.settle) ?? timing.settleMs;
  const real = projects.find(({ endpoint }) => !isLoopback(endpoint));
  if (real && settleMs < leastSettleMs)
    throw new ConfigError(
      `MOORING_SETTLE must be at least "${leastSettleMs / 1000}s" for ${real.endpoint}, whose lists may lag behind its answers (only a simulator on this machine needs less)`,
    );
  return settleMs;
}

/** Every Temporal has a namespace `default`: a laptop must not adopt production. */
function ownerOf(env: NodeJS.ProcessEnv, projects: ProjectConfig[]): string {
  const owner = ownerIn(env);
  if (owner !== undefined) return owner;
  const real = projects.find(({ endpoint }) => !isLoopback(endpoint));
  if (real)
    throw new ConfigError(
      `MOORING_OWNER is not set: choose a name for this installation, such as "production", and never change it (it marks every node at ${real.endpoint}; only the simulator needs none)`,
    );
  return 'simulator';
}

/** A new build is a new version of the package, unless it is called something else. */
function deploymentOf(env: NodeJS.ProcessEnv): Deployment | undefined {
  const name = checked(env, 'MOORING_DEPLOYMENT', setting.deployment);
  const buildId = checked(env, 'MOORING_BUILD_ID', setting.buildId);
  if (name) return { name, buildId: buildId ?? MOORING_VERSION };
  if (buildId)
    throw new ConfigError(
      'MOORING_BUILD_ID says which build of a deployment this is: set MOORING_DEPLOYMENT to the name of that, such as "mooring"',
    );
  return undefined;
}
