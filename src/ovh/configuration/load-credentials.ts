import { join } from 'node:path';
import { isOvhsOwn, resolveEndpoint } from '../endpoints.ts';
import { OvhConfigError } from '../errors.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { type Environment, type Setting, Settings } from './settings.ts';

/** What a program sets itself; stronger than everything found. */
export interface CredentialArguments {
  endpoint?: string | undefined;
  projectId?: string | undefined;
  applicationKey?: string | undefined;
  applicationSecret?: string | undefined;
  consumerKey?: string | undefined;
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  accessToken?: string | undefined;
}

export interface LoadCredentialsOptions {
  arguments?: CredentialArguments | undefined;
  env: Environment;
  /** Weakest first; instead of `/etc/ovh.conf`, `~/.ovh.conf` and `./ovh.conf`. */
  files?: string[] | undefined;
  cwd: string;
  home: string;
}

export interface LoadedCredentials {
  /** Name or URL, checked. */
  endpoint: string;
  /** Reads files and variables again each time, so that a renewed secret is found. */
  source: CredentialSource;
  /** `OVH_CLOUD_PROJECT_SERVICE`, or `default_cloud_project` in `[ovh-cli]`. */
  projectId?: string;
  /** Where the credentials were found, for messages: `OVH_APPLICATION_KEY, … in /home/me/.ovh.conf`. */
  origin: string;
}

/** Where the official clients look for an `ovh.conf`, weakest first. */
export function usualFiles({ cwd, home }: { cwd: string; home: string }): string[] {
  return ['/etc/ovh.conf', join(home, '.ovh.conf'), join(cwd, 'ovh.conf')];
}

type Field = Exclude<keyof CredentialArguments, 'endpoint' | 'projectId'>;

/** Each way to authenticate, with the variable of each piece; in files the key is its end in lower case. */
const METHODS: Partial<Record<Field, string>>[] = [
  {
    applicationKey: 'OVH_APPLICATION_KEY',
    applicationSecret: 'OVH_APPLICATION_SECRET',
    consumerKey: 'OVH_CONSUMER_KEY',
  },
  { clientId: 'OVH_CLIENT_ID', clientSecret: 'OVH_CLIENT_SECRET' },
  { accessToken: 'OVH_ACCESS_TOKEN' },
];

/**
 * Finds endpoint and credentials as the official clients do, key by key:
 * `/etc/ovh.conf` < `~/.ovh.conf` < `./ovh.conf` < `OVH_*` and `OVH_*_FILE` < arguments.
 *
 * @throws OvhConfigError when a piece is missing, two ways to authenticate are set at once, or the endpoint is
 *   not one.
 */
export async function loadCredentials(options: LoadCredentialsOptions): Promise<LoadedCredentials> {
  const { arguments: given = {}, env, cwd, home } = options;
  const files = options.files ?? usualFiles({ cwd, home });
  const read = () => Settings.read(env, files.toReversed());

  const settings = await read();
  const endpoint = findEndpoint(given, settings);
  resolveEndpoint(endpoint.value);
  const projectId =
    given.projectId ?? settings.find('OVH_CLOUD_PROJECT_SERVICE', 'ovh-cli', 'default_cloud_project')?.value;
  const { origin } = await findCredentials(given, settings, endpoint);
  return {
    endpoint: endpoint.value,
    source: async () => (await findCredentials(given, await read(), endpoint)).credentials,
    ...(projectId !== undefined && { projectId }),
    origin,
  };
}

function findEndpoint({ endpoint }: CredentialArguments, settings: Settings): Setting {
  if (endpoint !== undefined) return { value: endpoint, origin: 'argument endpoint', place: 'argument' };
  return (
    settings.find('OVH_ENDPOINT', 'default', 'endpoint') ?? {
      value: 'ovh-eu',
      origin: 'the default',
      place: 'default',
    }
  );
}

interface Found {
  credentials: Credentials;
  origin: string;
}

async function findCredentials(
  given: CredentialArguments,
  settings: Settings,
  { value: endpoint, ...where }: Setting,
): Promise<Found> {
  const methods = await Promise.all(METHODS.map((method) => collect(method, given, settings, endpoint)));
  const begun = methods.filter(({ found }) => found.size > 0);
  const origins = begun.map(({ found }) => [...found.values()].map(({ origin }) => origin).join(', '));
  const places = ['the environment', ...settings.looked].join(', ');
  const [chosen] = begun;
  if (!chosen) {
    throw new OvhConfigError(
      'no OVH credentials: set OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY, or OVH_CLIENT_ID ' +
        `and OVH_CLIENT_SECRET, or OVH_ACCESS_TOKEN (looked in ${places}, section [${endpoint}])`,
    );
  }
  if (begun.length > 1) {
    throw new OvhConfigError(`more than one way to authenticate at OVH (${origins.join('; ')}); keep one`);
  }
  if (chosen.missing.length > 0) {
    const missing = chosen.missing.join(' and ');
    throw new OvhConfigError(
      `${missing} missing, to go with ${origins[0]} (looked in ${places}, section [${endpoint}])`,
    );
  }
  refuseElsewhere({ value: endpoint, ...where }, chosen.found);
  const values = [...chosen.found].map(([field, { value }]) => [field, value]);
  // All fields of one method, as nothing is missing.
  return { credentials: Object.fromEntries(values) as Credentials, origin: origins.join() };
}

/**
 * An `ovh.conf` of the current folder must not send anywhere what it does not hold itself: whoever can write it, or has
 * somebody unpack it, would read the secrets of the environment.
 *
 * @throws OvhConfigError that says what to do.
 */
function refuseElsewhere(endpoint: Setting, found: Map<Field, Setting>): void {
  if (isOvhsOwn(endpoint.value)) return;
  const url = JSON.stringify(endpoint.value);
  for (const { origin, place } of found.values()) {
    // What stands in a file stands there in the section of this very address.
    if (place === 'file' || place === endpoint.place) continue;
    throw new OvhConfigError(
      `${origin} does not go to ${url}, which comes from ${endpoint.origin}: set OVH_ENDPOINT as well, or keep both in one place`,
    );
  }
  // A token host is not the API's: only a person who names the address knows what it is.
  if (endpoint.place === 'file' && found.has('clientSecret'))
    throw new OvhConfigError(
      `an OAuth2 secret does not go to ${url}, which comes from ${endpoint.origin}: set OVH_ENDPOINT to it, or use one of OVH's own names`,
    );
}

/** The pieces of one way to authenticate: those that are there, and the variables of those that are not. */
async function collect(
  method: Partial<Record<Field, string>>,
  given: CredentialArguments,
  settings: Settings,
  endpoint: string,
) {
  const found = new Map<Field, Setting>();
  const missing: string[] = [];
  for (const [field, variable] of Object.entries(method) as [Field, string][]) {
    const key = variable.slice('OVH_'.length).toLowerCase();
    const argument = given[field];
    const setting: Setting | undefined = argument
      ? { value: argument, origin: `argument ${field}`, place: 'argument' }
      : await settings.findSecret(variable, endpoint, key);
    if (setting) found.set(field, setting);
    else missing.push(variable);
  }
  return { found, missing };
}
