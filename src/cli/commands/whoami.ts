import type { Command } from 'commander';
import { OvhApiError } from '../../ovh/errors.ts';
import type { Credential, Ovh } from '../../ovh/index.ts';
import { act } from '../act.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { openProject } from '../ovh-project.ts';
import { printResult } from '../output.ts';
import { withSignOfLife } from '../sign-of-life.ts';
import { textTable } from '../text-table.ts';

/** `mooring whoami`: which credential it is, how long it works, and which of the calls Mooring needs it may not make. */
export default function whoamiCommand(program: Command): void {
  const command = program
    .command('whoami')
    .description('which OVH credential is used, until when, and which needed calls it is refused')
    .option('--project <alias>', 'OVH project, by its alias in the configuration');
  withOutputOptions(command).action(
    act(async (options: OutputOptions & { project?: string }) => {
      const { config, ovh } = await openProject(options.project);
      const [details, credential] = await withSignOfLife('asking OVH', options, () =>
        Promise.all([ovh.auth.details(), consumerKey(ovh)]),
      );
      const { refusedCalls } = await import('../../worker/needed-calls.ts');
      const refused = credential && refusedCalls(credential.rules, config.projectId);
      if (refused && refused.length > 0) process.exitCode = 8;
      const { account, method, identities } = details;
      const { endpoint, origin, projectId } = config;
      const { expiration = null, rules = null, allowedIPs = null } = credential ?? {};
      await printResult(formatOf(options), {
        value: {
          account,
          method,
          identities,
          endpoint,
          origin,
          projectId,
          expiration,
          allowedIPs,
          rules,
          refused,
        },
        table: [
          textTable([
            ['account', account],
            ['logged in by', method],
            ['endpoint', endpoint],
            ['found in', origin],
            ['project', projectId],
            ['expires', expiration ?? (credential ? 'never' : 'tokens are renewed')],
            ['usable from', allowedIPs?.join(', ') ?? 'everywhere'],
          ]),
          '',
          sentenceOf(refused),
          ...(refused ?? []).map(({ method: verb, path }) => `  ${verb} ${path}`),
        ].join('\n'),
        names: identities,
      });
    }),
  );
}

/** Null where a token is used: it has no rules of its own. */
async function consumerKey(ovh: Ovh): Promise<Credential | null> {
  try {
    return await ovh.auth.currentCredential();
  } catch (error) {
    if (error instanceof OvhApiError && error.status === 404) return null;
    throw error;
  }
}

function sentenceOf(refused: unknown[] | null): string {
  if (refused === null)
    return 'IAM policies decide call by call what it may do: see them in the OVHcloud console';
  if (refused.length === 0) return 'it may make every call that Mooring needs';
  return `${refused.length} of the calls that Mooring needs would be refused; "mooring login" asks for them:`;
}
