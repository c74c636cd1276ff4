import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { LONGEST_TIMER_MS } from '../../contract/longest-timer.ts';
import { OvhApiError } from '../../ovh/errors.ts';
import type { ApplicationKeyCredentials, Ovh } from '../../ovh/index.ts';
import { act } from '../act.ts';
import { askLine, askSecret, confirm, isInteractive } from '../ask.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { durationOption } from '../duration.ts';
import { changeOvhConf, readOvhConf } from '../ovh-conf.ts';
import { oneLine } from '../../contract/one-line.ts';
import { printResult } from '../output.ts';
import { withSignOfLife } from '../sign-of-life.ts';

interface LoginOptions extends OutputOptions {
  endpoint: string;
  applicationKey?: string;
  /** Id of the project that the key is for; absent: all of the account. */
  projectId?: string;
  file: string;
  timeout: number;
  yes?: boolean;
}

/** `mooring login`: a consumer key with the least rights that Mooring needs, agreed to by a person in a browser. */
export default function loginCommand(program: Command): void {
  const command = program
    .command('login')
    .description('asks OVH for a consumer key with the least rights, and writes ovh.conf')
    .option('--endpoint <name>', 'ovh-eu, ovh-ca, ovh-us, or a URL', process.env['OVH_ENDPOINT'] || 'ovh-eu')
    .option('--application-key <key>', 'default: OVH_APPLICATION_KEY, else it asks')
    .option('--project-id <id>', 'id of the one project that the key shall be for')
    .option('--file <path>', 'where to write', join(homedir(), '.ovh.conf'))
    .addOption(
      durationOption('--timeout <duration>', 'how long to wait for the person in the browser', '15m'),
    )
    .option('--yes', 'replace the key that the file has');
  withOutputOptions(command).action(act(login));
}

async function login(options: LoginOptions): Promise<void> {
  const client = await import('../../ovh/index.ts');
  const { neededRules } = await import('../../worker/needed-calls.ts');
  const { endpoint, file, projectId: project, timeout } = options;
  const { origin } = new URL(client.resolveEndpoint(endpoint).baseUrl);
  // Before a person is troubled: a file that may not be read or replaced ends it here.
  await mayReplace(file, endpoint, options.yes === true);
  const { applicationKey, applicationSecret } = await application(options, origin);
  const accessRules = neededRules(project);
  const { consumerKey, validationUrl } = await client.requestCredential({
    endpoint,
    applicationKey,
    accessRules,
  });
  process.stderr.write(
    `open this link and agree to ${accessRules.length} calls:\n\n  ${oneLine(validationUrl)}\n\n`,
  );

  const credentials = { applicationKey, applicationSecret, consumerKey };
  const ovh = new client.Ovh({ endpoint, credentials });
  const { expiration } = await validated(ovh, timeout, options);
  await changeOvhConf(file, {
    default: { endpoint },
    [endpoint]: inFile(credentials),
    ...(project !== undefined && { 'ovh-cli': { default_cloud_project: project } }),
  });
  // With the key as it was written: whoever reads this can rely on it.
  const projects = project === undefined ? await ovh.projects.list() : [(await ovh.projects.get(project)).id];
  const { account } = await ovh.auth.details();
  warnOfStronger();
  await printResult(formatOf(options), {
    value: { file, endpoint, account, projects, expiration },
    table: [
      `${file} has the key of ${account} at ${endpoint}, ${expiration === null ? 'without an end' : `good until ${expiration}`}`,
      `projects: ${projects.join(', ') || 'none'}`,
      'next: set OVH_CLOUD_PROJECT_SERVICE and MOORING_OWNER, then "mooring whoami"',
    ].join('\n'),
    names: projects,
  });
}

async function mayReplace(file: string, endpoint: string, yes: boolean): Promise<void> {
  const text = await readOvhConf(file);
  const section = text.split(/^\s*\[/m).find((part) => part.startsWith(`${endpoint}]`)) ?? '';
  if (yes || !/^\s*consumer_key\s*[=:]/im.test(section)) return;
  const question = `${file} has a consumer key for ${endpoint}: replace it?`;
  if (isInteractive() && (await confirm(question))) return;
  throw new UsageError(`${file} keeps its consumer key for ${endpoint}; give --yes to replace it`);
}

/** The application's own key and secret. A secret is never an argument: everybody on the machine can read those. */
async function application({ applicationKey, endpoint }: LoginOptions, origin: string) {
  const { Settings } = await import('../../ovh/configuration/settings.ts');
  // Of the environment alone: the file is what this writes.
  const settings = await Settings.read(process.env, []);
  const given = async (what: 'KEY' | 'SECRET') =>
    (await settings.findSecret(`OVH_APPLICATION_${what}`, endpoint, `application_${what.toLowerCase()}`))
      ?.value;
  const known = {
    key: applicationKey || (await given('KEY')),
    secret: await given('SECRET'),
  };
  if (!isInteractive() && !(known.key && known.secret))
    throw new UsageError(
      `set OVH_APPLICATION_KEY and OVH_APPLICATION_SECRET; make them at ${origin}/createApp/`,
    );
  if (!known.key) process.stderr.write(`an application is made at ${origin}/createApp/\n`);
  const key = known.key || (await askLine('application key: '));
  const secret = known.secret || (await askSecret('application secret: '));
  if (!key || !secret) throw new UsageError('no application key and secret, so nothing was changed');
  return { applicationKey: key, applicationSecret: secret };
}

async function validated(ovh: Ovh, timeout: number, options: LoginOptions) {
  const signal = AbortSignal.timeout(Math.min(timeout, LONGEST_TIMER_MS));
  try {
    return await withSignOfLife('waiting for the browser', options, () =>
      ovh.auth.awaitValidation({ signal }),
    );
  } catch (error) {
    if (!signal.aborted || error instanceof OvhApiError) throw error;
    throw new CliError(8, 'nobody agreed in time, so nothing was changed; run "mooring login" again');
  }
}

const inFile = ({ applicationKey, applicationSecret, consumerKey }: ApplicationKeyCredentials) => ({
  application_key: applicationKey,
  application_secret: applicationSecret,
  consumer_key: consumerKey,
});

function warnOfStronger(): void {
  const stronger = ['OVH_CONSUMER_KEY', 'OVH_CLIENT_ID', 'OVH_ACCESS_TOKEN'].filter(
    (name) => process.env[name],
  );
  if (stronger.length > 0)
    process.stderr.write(`note: ${stronger.join(' and ')} in the environment counts more than the file\n`);
}
