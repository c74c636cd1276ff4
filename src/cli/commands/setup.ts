import type { Command } from 'commander';
import { act } from '../act.ts';
import { CliError } from '../cli-error.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { printResult } from '../output.ts';

/** `mooring setup`: makes in a Temporal namespace what makes runs easier to find. Safe to repeat. */
export default function setupCommand(program: Command): void {
  const command = program
    .command('setup')
    .description(
      'make the search attributes in the Temporal namespace by which runs are found; safe to repeat',
    );
  withOutputOptions(command).action(
    act(async (options: OutputOptions) => {
      const { connectClient } = await import('../../temporal/connect.ts');
      const { lookForSearchAttributes, makeSearchAttributes } =
        await import('../../temporal/search-attributes.ts');
      const { client, connection, namespace } = await connectClient();
      try {
        const { missing, wrong } = await lookForSearchAttributes(client);
        if (wrong.length > 0)
          throw new CliError(
            2,
            `namespace ${namespace} has ${wrong.join(', ')} of another type than Keyword: remove it there first`,
          );
        if (missing.length > 0)
          await makeSearchAttributes(client, missing).catch((error: Error) => {
            const commands = missing.map((name) => `--search-attribute "${name}=Keyword"`).join(' ');
            throw new CliError(
              8,
              `Temporal does not let this connection make search attributes in ${namespace} (${error.message}); on Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${commands}`,
              { cause: error },
            );
          });
        await printResult(formatOf(options), {
          value: { namespace, made: missing },
          table:
            missing.length > 0
              ? `made in ${namespace}: ${missing.join(', ')}`
              : `${namespace} has all of them`,
          names: missing,
        });
      } finally {
        await connection.close();
      }
    }),
  );
}
