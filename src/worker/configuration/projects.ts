import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { DEFAULT_PROJECT } from '../../contract/index.ts';
import { oneSentence } from '../../contract/schemas/sentences.ts';
import { isSeveralDocuments } from '../../input/several-documents.ts';
import {
  isLoopbackHost,
  loadCredentials,
  resolveEndpoint,
  usualFiles,
  type CredentialArguments,
  type CredentialSource,
} from '../../ovh/index.ts';
import { ConfigError } from './config-error.ts';
import { checked, setting } from './settings.ts';

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
  /** How long its lists may lag. Default: as long as those of the worker's others. */
  settleMs?: number;
}

export interface LoadWorkerConfigOptions {
  cwd?: string;
  home?: string;
  /** `ovh.conf` files, weakest first, instead of the usual ones. */
  ovhConfFiles?: string[];
}

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
 * The OVH projects of a configuration: `main` of the environment, and those of `MOORING_PROJECTS_FILE`.
 *
 * @throws ConfigError or OvhConfigError, one sentence that a person can act on.
 */
export async function loadProjects(
  env: NodeJS.ProcessEnv,
  { cwd = process.cwd(), home = homedir(), ovhConfFiles }: LoadWorkerConfigOptions = {},
): Promise<ProjectConfig[]> {
  const load: Load = (args, variables, files = ovhConfFiles) =>
    loadCredentials({ arguments: args, env: variables, cwd, home, files });
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

type Load = (
  args: CredentialArguments,
  env: NodeJS.ProcessEnv,
  files?: string[],
) => ReturnType<typeof loadCredentials>;

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
      // A project with credentials of its own must not be mixed with those of the environment or of an `ovh.conf`.
      const hasOwn = Object.keys(own).some((key) => key !== 'endpoint');
      const args = { projectId, ...own };
      const { endpoint, source, origin } = await (hasOwn ? load(args, {}, []) : load(args, env));
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

/** Of the simulator: nobody else is asked there. */
export function isLoopback(endpoint: string): boolean {
  return isLoopbackHost(new URL(resolveEndpoint(endpoint).baseUrl).hostname);
}

/** The `ovh.conf` files that credentials may come from, weakest first. */
export function ovhConfFilesOf({
  cwd = process.cwd(),
  home = homedir(),
  ovhConfFiles,
}: LoadWorkerConfigOptions): string[] {
  return ovhConfFiles ?? usualFiles({ cwd, home });
}
