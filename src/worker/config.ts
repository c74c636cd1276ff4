import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { GuestRights } from '../activities/guest/guests.ts';
import type { FirstLooks } from '../activities/project.ts';
import { MOORING_VERSION } from './version.ts';
import { MooringError } from '../contract/error.ts';
import { DEFAULT_PROJECT, durationMs } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import { oneSentence } from '../contract/schemas/sentences.ts';
import { ownSecretIn, ownVariable } from './own-secrets.ts';
import { isSeveralDocuments } from '../input/several-documents.ts';
import {
  isLoopbackHost,
  loadCredentials,
  resolveEndpoint,
  usualFiles,
  type CredentialArguments,
  type CredentialSource,
} from '../ovh/index.ts';

/** A worker's configuration, checked once at start. */
export interface WorkerConfig {
  taskQueue: string;
  /** Whose nodes: the mark of every name is made of it. */
  owner: string;
  /** How long OVH's lists may lag, in milliseconds. */
  settleMs: number;
  /** Across all workers of the queue: what changes OVH, per second. */
  mutationsPerSecond: number;
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

export interface ProjectConfig {
  alias: string;
  projectId: string;
  endpoint: string;
  credentials: CredentialSource;
  /** Where the credentials were found, for messages. */
  origin: string;
  /** Whose price list it pays by. */
  subsidiary: string;
  /** What happens there costs money, and what is sent there may be secret. Default: unless it is on loopback. */
  isReal?: boolean;
}

/** What is wrong with the configuration, in a sentence that names the variable. */
export class ConfigError extends MooringError {
  override readonly name = 'ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super('ConfigError', message, options);
  }
}

export interface LoadWorkerConfigOptions {
  cwd?: string;
  home?: string;
  /** `ovh.conf` files, weakest first, instead of the usual ones. */
  ovhConfFiles?: string[];
}

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const setting = {
  taskQueue: z.string().regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, ., _ and -'),
  owner: z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, ., _ and -'),
  settle: z
    .string()
    .regex(/^\d{1,4}[sm]$/, 'must be a duration such as "60s" or "2m"')
    .transform(durationMs),
  // Temporal joins the two with a dot or a colon.
  deployment: z.string().regex(/^[\w-]{1,100}$/, 'must be 1 to 100 letters, digits, _ and -'),
  buildId: z.string().regex(/^[\w.+-]{1,100}$/, 'must be 1 to 100 letters, digits, ., _, + and -'),
  address: z
    .string()
    .regex(
      /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-fA-F:]+\]):\d{1,5}$/,
      'must be an IP address and a port such as "127.0.0.1:9464"',
    ),
  logLevel: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
  variables: z
    .string()
    .regex(/^[A-Za-z_]\w*(,[A-Za-z_]\w*)*$/, 'must be names of variables with commas between')
    .transform((names) => names.split(',')),
  subsidiary: z.string().regex(/^[A-Z]{2,5}$/, 'must be an OVH subsidiary such as FR, CA or US'),
  readable: z.enum(['allow', 'refuse'], 'must be "allow" or "refuse"'),
  firstLooks: z
    .string()
    .regex(
      /^(instance|volume|attach)=\d{1,5}(ms|s|m)(,(instance|volume|attach)=\d{1,5}(ms|s|m))*$/,
      'must be durations such as "instance=20s,volume=5s,attach=3s"',
    )
    .transform(firstLooksOf),
  rate: z.coerce.number().positive('must be a number of requests per second above 0'),
};

const projectsFileSchema = z.strictObject({
  projects: z.record(
    z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 characters of a-z, 0-9 and -'),
    z.strictObject({
      projectId: z.string().min(1),
      endpoint: z.string().optional(),
      applicationKey: z.string().optional(),
      applicationSecret: z.string().optional(),
      consumerKey: z.string().optional(),
      clientId: z.string().optional(),
      clientSecret: z.string().optional(),
      accessToken: z.string().optional(),
    }),
  ),
});

/**
 * Reads and checks everything that a worker needs.
 *
 * @throws ConfigError or OvhConfigError, one sentence that a person can act on.
 */
export async function loadWorkerConfig(
  env: NodeJS.ProcessEnv,
  options: LoadWorkerConfigOptions = {},
): Promise<WorkerConfig> {
  const projects = await loadProjects(env, options);
  return {
    taskQueue: checked(env, 'MOORING_TASK_QUEUE', setting.taskQueue) ?? 'mooring',
    owner: ownerOf(env, projects),
    settleMs: settleMsOf(env, projects),
    mutationsPerSecond: checked(env, 'MOORING_MUTATIONS_PER_SECOND', setting.rate) ?? 20,
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

/** Nothing that specs may name is one of the worker's own secrets. */
async function sourcesOf(
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
  const directory = env[directoryVariable] || undefined;
  const secret = directory && (await ownSecretIn(directory, env, ovhConfFilesOf(options)));
  if (secret)
    throw new ConfigError(
      `${directoryVariable}: ${directory} holds ${secret}, and whoever starts a run would read it; keep ${what} in a folder of its own`,
    );
  return { directory, variables };
}

async function guestsOf(env: NodeJS.ProcessEnv, options: LoadWorkerConfigOptions): Promise<GuestRights> {
  const sources = await sourcesOf(env, options, {
    directoryVariable: 'MOORING_DEPLOY_DIR',
    namesVariable: 'MOORING_DEPLOY_ENV',
    what: 'what scripts may be given',
  });
  return {
    keysDirectory: env['MOORING_SSH_KEYS_DIR'] || undefined,
    hostKeySecrets: await hostKeySecretsOf(env),
    sources,
  };
}

/** Longer than anybody guesses: whoever knows it can pretend to be any node. */
const LEAST_SECRET = 32;

/** Commas or line ends between them; the first makes new keys, any of them is recognized. */
export async function hostKeySecretsOf(env: NodeJS.ProcessEnv): Promise<string[]> {
  const file = env['MOORING_HOST_KEY_SECRET_FILE'];
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

function ovhConfFilesOf({
  cwd = process.cwd(),
  home = homedir(),
  ovhConfFiles,
}: LoadWorkerConfigOptions): string[] {
  return ovhConfFiles ?? usualFiles({ cwd, home });
}

/**
 * The OVH projects of a configuration: `main` of the environment, and those of `MOORING_PROJECTS_FILE`.
 *
 * @throws ConfigError or OvhConfigError, one sentence that a person can act on.
 */
export async function loadProjects(
  env: NodeJS.ProcessEnv,
  { cwd = process.cwd(), home = homedir(), ovhConfFiles }: LoadWorkerConfigOptions = {},
): Promise<ProjectConfig[]> {
  const load: Load = (args, variables) =>
    loadCredentials({
      arguments: args,
      env: variables,
      cwd,
      home,
      ...(ovhConfFiles && { files: ovhConfFiles }),
    });
  const projects = await projectsOfFile(env, load);
  if (projects.length === 0 || env['OVH_CLOUD_PROJECT_SERVICE']) {
    if (projects.some(({ alias }) => alias === DEFAULT_PROJECT))
      throw new ConfigError(
        `"${DEFAULT_PROJECT}" is the project of OVH_CLOUD_PROJECT_SERVICE, and MOORING_PROJECTS_FILE calls one so, too: unset the variable, or choose another alias there`,
      );
    projects.unshift(await mainProject(env, load));
  }
  refuseTwoAliases(projects);
  return projects;
}

/**
 * The alias is part of a node's lock: under two of them, two runs could work on one node at once and each delete what the
 * other has made.
 */
function refuseTwoAliases(projects: ProjectConfig[]): void {
  const aliasOf = new Map<string, string>();
  for (const { alias, projectId } of projects) {
    const other = aliasOf.get(projectId);
    if (other !== undefined)
      throw new ConfigError(
        `the aliases "${other}" and "${alias}" name the same OVH project ${projectId}: keep one of them, so that nobody works on a node under two names at once`,
      );
    aliasOf.set(projectId, alias);
  }
}

/** Whose nodes, where it is said. */
export function ownerIn(env: NodeJS.ProcessEnv): string | undefined {
  return checked(env, 'MOORING_OWNER', setting.owner);
}

type Load = (args: CredentialArguments, env: NodeJS.ProcessEnv) => ReturnType<typeof loadCredentials>;

async function mainProject(env: NodeJS.ProcessEnv, load: Load): Promise<ProjectConfig> {
  const { endpoint, source, projectId, origin } = await load({}, env);
  if (!projectId)
    throw new ConfigError(
      'no OVH project: set OVH_CLOUD_PROJECT_SERVICE to the id of the Public Cloud project, or MOORING_PROJECTS_FILE to a file that lists projects',
    );
  const subsidiary = subsidiaryOf(env, endpoint);
  return { alias: DEFAULT_PROJECT, projectId, endpoint, credentials: source, origin, subsidiary };
}

async function projectsOfFile(env: NodeJS.ProcessEnv, load: Load): Promise<ProjectConfig[]> {
  const file = env['MOORING_PROJECTS_FILE'];
  if (!file) return [];
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`MOORING_PROJECTS_FILE: cannot read ${file} (${error.code})`);
  });
  const parsed = projectsFileSchema.safeParse(yaml(text, file));
  if (!parsed.success) throw new ConfigError(`MOORING_PROJECTS_FILE: ${oneSentence(parsed.error, file)}`);
  return Promise.all(
    Object.entries(parsed.data.projects).map(async ([alias, { projectId, ...own }]) => {
      // A project with credentials of its own must not be mixed with those of the environment.
      const hasOwn = Object.keys(own).some((key) => key !== 'endpoint');
      const { endpoint, source, origin } = await load({ projectId, ...own }, hasOwn ? {} : env);
      return {
        alias,
        projectId,
        endpoint,
        credentials: source,
        origin: hasOwn ? `${alias} in ${file}` : origin,
        subsidiary: subsidiaryOf(env, endpoint),
      };
    }),
  );
}

function yaml(text: string, file: string): unknown {
  try {
    return parseYaml(text);
  } catch (error) {
    const why = isSeveralDocuments(error)
      ? 'holds several YAML documents; one is read'
      : 'is neither YAML nor JSON';
    throw new ConfigError(`MOORING_PROJECTS_FILE: ${file} ${why}`);
  }
}

/** Prices are those of the endpoint's own country, unless somebody says who sends the bill. */
function subsidiaryOf(env: NodeJS.ProcessEnv, endpoint: string): string {
  const { hostname } = new URL(resolveEndpoint(endpoint).baseUrl);
  const usual = hostname.startsWith('ca.') ? 'CA' : hostname.includes('.us.') ? 'US' : 'FR';
  return checked(env, 'MOORING_SUBSIDIARY', setting.subsidiary) ?? usual;
}

function firstLooksOf(text: string): Partial<FirstLooks> {
  const looks = text.split(',').map((look) => look.split('='));
  const ms = (after: string) => (after.endsWith('ms') ? Number.parseInt(after, 10) : durationMs(after));
  return Object.fromEntries(looks.map(([what, after = '']) => [what, ms(after)]));
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

/** Of the simulator: nobody else is asked there. */
export function isLoopback(endpoint: string): boolean {
  return isLoopbackHost(new URL(resolveEndpoint(endpoint).baseUrl).hostname);
}

function checked<T>(env: NodeJS.ProcessEnv, variable: string, schema: z.ZodType<T>): T | undefined {
  const value = env[variable];
  if (value === undefined || value === '') return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ConfigError(oneSentence(parsed.error, variable));
  return parsed.data;
}
