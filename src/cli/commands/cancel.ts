import type { Command } from 'commander';
import { OperationFailed } from '../../client/errors.ts';
import type { Run } from '../../client/index.ts';
import { act } from '../act.ts';
import { TooLate } from '../cli-error.ts';
import { formatOf, withWaitOptions, type WaitOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { nodeOrFleetOf, withNodeArgument, type NodeOptions } from '../node-argument.ts';
import { printResult } from '../output.ts';
import { failureReport, type FailureReport } from '../report-error.ts';
import { printStarted } from '../show-run.ts';
import { watchRun } from '../watch-run.ts';

/** `mooring cancel`: has what runs on a node undone, and waits until it is. */
export default function cancelCommand(program: Command): void {
  const command = program
    .command('cancel')
    .description('undo what runs on a node, and wait until it is undone');
  withWaitOptions(withNodeArgument(command)).action(
    act(async (node: string | undefined, options: NodeOptions & WaitOptions) => {
      const ref = await nodeOrFleetOf(node, options);
      await withMooring(async (mooring) => {
        const run = await mooring.get(ref);
        const { status, type } = await run.progress();
        const runs = status === 'running';
        if (runs) await run.cancel();
        if (runs && options.detach) return printStarted(run, options);
        const ended = runs
          ? watchRun(mooring, run, { ...options, act: `run of ${run.workflowId}` })
          : run.result();
        const report = await undone(ended, run, type);
        const sentence = `${run.workflowId}: ${runs ? '' : 'nothing runs, so nothing was cancelled; '}${report.failure.message}`;
        await printCancelled(run, sentence, options, report);
      });
    }),
  );
}

/**
 * How the run ended, where nothing is left of it: what a cancel is for. It is judged by that alone, whether it ended
 * long ago or a moment before the cancel arrived.
 */
async function undone(ended: Promise<unknown>, { workflowId }: Run, type: string): Promise<FailureReport> {
  try {
    await ended;
  } catch (error) {
    const isUndone = error instanceof OperationFailed && (error.details?.left ?? []).length === 0;
    if (!isUndone) throw error;
    return failureReport(error);
  }
  const { holdingRow, isHolding } = await import('../../contract/schemas/workflow-types.ts');
  const made = isHolding(type) && holdingRow(type).givesWay;
  throw made
    ? new TooLate(5, `${workflowId} was done before the cancel arrived; what it made stands`)
    : new TooLate(4, `${workflowId} was done before the cancel arrived; ${type} cannot be taken back`);
}

async function printCancelled(
  run: Run,
  sentence: string,
  options: WaitOptions,
  report: FailureReport,
): Promise<void> {
  const { workflowId, runId } = run;
  await printResult(formatOf(options), {
    value: { workflowId, runId, ...report },
    table: sentence,
    names: [workflowId],
  });
}
