import type { Command } from 'commander';
import { OperationFailed } from '../../client/errors.ts';
import { act } from '../act.ts';
import { confirm, isInteractive } from '../ask.ts';
import { CliError, NotConfirmed, UsageError } from '../cli-error.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { durationOption } from '../duration.ts';
import { nodeOf, withNodeArgument, type NodeOptions } from '../node-argument.ts';
import { oneLine } from '../../contract/one-line.ts';
import { printResult } from '../output.ts';
import { withSignOfLife } from '../sign-of-life.ts';
import { textTable } from '../text-table.ts';

type KeepOptions = NodeOptions & OutputOptions & { yes?: boolean; timeout: number };

/** `mooring keep`: stops a rollback, and says what it leaves. */
export default function keepCommand(program: Command): void {
  const command = program
    .command('keep')
    .description('stop the rollback of a node, and leave what is there')
    .option('-y, --yes', 'do not ask')
    .addOption(durationOption('--timeout <duration>', 'stop waiting after', '3m'));
  withOutputOptions(withNodeArgument(command)).action(
    act(async (node: string | undefined, options: KeepOptions) => {
      const ref = await nodeOf(node, options);
      await withMooring(async (mooring) => {
        await mooring.requireWorker();
        const run = await mooring.get(ref);
        if (!options.yes) await askFirst(run.workflowId);
        await run.keep();
        const { timeout: timeoutMs } = options;
        const failure = await withSignOfLife('stopping the rollback', options, () =>
          run.result({ timeoutMs }).then(
            () => undefined,
            (error: unknown) => error,
          ),
        );
        if (!(failure instanceof OperationFailed))
          throw failure ?? new CliError(1, `${run.workflowId} has not failed`);
        const { left = [], undone = [] } = failure.details ?? {};
        await printResult(formatOf(options), {
          value: { workflowId: run.workflowId, left, undone },
          table:
            left.length > 0
              ? textTable(
                  left.map(({ kind, name, id, why }) => [`left ${kind}`, name, id, oneLine(why ?? '')]),
                )
              : 'nothing is left: it was undone before it was stopped',
          names: left.map(({ id }) => id),
        });
      });
    }),
  );
}

async function askFirst(workflowId: string): Promise<void> {
  if (!isInteractive()) throw new UsageError('keep asks first; without a terminal say --yes');
  const question = `Stop the rollback of ${workflowId}, and leave what is there? OVH bills it on.`;
  if (!(await confirm(question))) throw new NotConfirmed('not confirmed; the rollback goes on');
}
