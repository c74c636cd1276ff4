import type { Command } from 'commander';
import { MooringError, type Mooring, type Run } from '../../client/index.ts';
import { act } from '../act.ts';
import { CliError } from '../cli-error.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { nodeOrFleetOf, withNodeArgument, type NodeOptions } from '../node-argument.ts';
import { printResult } from '../output.ts';
import { failureReport } from '../report-error.ts';
import { printStarted } from '../show-run.ts';
import { watchRun } from '../watch-run.ts';

/** `mooring cancel`: has what runs on a node undone, and waits until it is. */
export function cancelCommand(program: Command): void {
  const command = program
    .command('cancel')
    .description('undo what runs on a node, and wait until it is undone');
  withWaitOptions(withNodeArgument(command)).action(
    act(async (node: string | undefined, options: NodeOptions & WaitOptions) => {
      const ref = await nodeOrFleetOf(node, options);
      await withMooring(async (mooring) => {
        const run = await mooring.get(ref);
        if ((await run.progress()).status !== 'running')
          return printCancelled(run, `${run.workflowId}: nothing runs, so nothing was cancelled`, options);
        await run.cancel();
        if (options.detach) return printStarted(run, options);
        await untilUndone(mooring, run, options);
      });
    }),
  );
}

async function untilUndone(mooring: Mooring, run: Run, options: WaitOptions): Promise<void> {
  try {
    await watchRun(mooring, run, { ...options, act: `run of ${run.workflowId}` });
  } catch (error) {
    // What was asked for: the run was cancelled, and has undone what it did.
    if (error instanceof MooringError && error.type === 'Cancelled')
      return printCancelled(run, `${run.workflowId}: ${error.message}`, options, failureReport(error));
    throw error;
  }
  throw new CliError(5, `${run.workflowId} was done before the cancel arrived; what it made stands`);
}

function printCancelled(run: Run, sentence: string, options: WaitOptions, report: object = {}): void {
  const { workflowId, runId } = run;
  printResult(formatOf(options), {
    value: { workflowId, runId, ...report },
    table: sentence,
    names: [workflowId],
  });
}
