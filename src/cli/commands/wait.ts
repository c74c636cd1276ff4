import type { Command } from 'commander';
import { act } from '../act.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { nodeOrFleetOf, withNodeArgument, type NodeOptions } from '../node-argument.ts';
import { printResult } from '../output.ts';
import { runResult } from '../show-node.ts';
import { watchRun } from '../watch-run.ts';

/** `mooring wait`: watches the last run on a node until it ends. */
export default function waitCommand(program: Command): void {
  const command = program.command('wait').description('watch the last run on a node until it ends');
  withWaitOptions(withNodeArgument(command), { detach: false }).action(
    act(async (node: string | undefined, options: NodeOptions & WaitOptions) => {
      const ref = await nodeOrFleetOf(node, options);
      await withMooring(async (mooring) => {
        const run = await mooring.get(ref);
        const result = await watchRun(mooring, run, { ...options, act: `run of ${run.workflowId}` });
        await printResult(formatOf(options), runResult(result, run.workflowId));
      });
    }),
  );
}
