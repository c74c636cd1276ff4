import { Option, type Command } from 'commander';
import type { Mooring } from '../../client/index.ts';
import { nodeWorkflowId, type DestroyInput } from '../../contract/index.ts';
import { act } from '../act.ts';
import { callersTrace } from '../callers-trace.ts';
import { isInteractive, mustAgree } from '../ask.ts';
import { UsageError } from '../cli-error.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { nodeOf, withNodeArgument, type NodeOptions } from '../node-argument.ts';
import { printResult } from '../output.ts';
import { destroyResult } from '../show-node.ts';
import { printStarted } from '../show-run.ts';
import { watchRun } from '../watch-run.ts';

type DestroyOptions = NodeOptions &
  WaitOptions &
  Pick<DestroyInput, 'volumes' | 'ifBusy' | 'ifInstanceId'> & { yes?: boolean };

/** `mooring destroy`: deletes a node and waits until OVH says that it is gone. */
export default function destroyCommand(program: Command): void {
  const command = program
    .command('destroy')
    .description('delete a node, and wait until OVH says that it is gone');
  withWaitOptions(withNodeArgument(command))
    .addOption(
      new Option('--volumes <what>', 'data volumes: as each volume says of itself, all, or none')
        .choices(['spec', 'delete', 'keep'])
        .default('spec'),
    )
    .addOption(
      new Option('--if-busy <what>', 'what to do about an operation that runs on the node')
        .choices(['cancel', 'wait', 'fail'])
        .default('cancel'),
    )
    .option('--if-instance-id <id>', 'destroy the node only if its instance has this id')
    .option('-y, --yes', 'do not ask')
    .action(
      act(async (node: string | undefined, options: DestroyOptions) => {
        const ref = await nodeOf(node, options);
        const { volumes, ifBusy, ifInstanceId } = options;
        const request = { ...ref, volumes, ifBusy, ...(ifInstanceId !== undefined && { ifInstanceId }) };
        if (!options.yes) await askFirst(request);
        await withMooring((mooring) => destroy(mooring, request, options));
      }),
    );
}

async function askFirst(request: DestroyInput): Promise<void> {
  if (!isInteractive()) throw new UsageError('destroy asks before it deletes; without a terminal say --yes');
  const volumes = {
    spec: 'the volumes that its spec does not keep',
    delete: 'all its volumes',
    keep: 'no volume',
  };
  const goes = `its instance and ${volumes[request.volumes ?? 'spec']}`;
  await mustAgree(`Delete ${nodeWorkflowId(request)}: ${goes}?`);
}

async function destroy(mooring: Mooring, request: DestroyInput, options: WaitOptions): Promise<void> {
  if (!options.detach) await mooring.requireWorker();
  const run = await mooring.start('destroyNode', request, callersTrace());
  if (options.detach) return printStarted(run, options);
  const act = `destroying of ${nodeWorkflowId(request)} (works until OVH has been asked to delete)`;
  const result = await watchRun(mooring, run, { ...options, act });
  await printResult(formatOf(options), destroyResult(result, run.workflowId));
}
