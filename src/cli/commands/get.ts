import type { Command } from 'commander';
import type { Mooring, Run } from '../../client/index.ts';
import type { CompleteRef, FleetRef } from '../../contract/index.ts';
import { act } from '../act.ts';
import { plain } from '../colour.ts';
import { formatOf, withOutputOptions, type OutputOptions } from '../command-options.ts';
import { withMooring } from '../connect.ts';
import { showDuration } from '../duration.ts';
import { nodeOrFleetOf, withNodeArgument, type NodeOptions } from '../node-argument.ts';
import { printResult, type Result } from '../output.ts';
import { progressRows } from '../progress-rows.ts';
import { errorSentence, failureReport, type FailureReport } from '../report-error.ts';
import { runResult } from '../show-node.ts';

/** `mooring get`: the last run on a node, how far it is, and what came of it. */
export default function getCommand(program: Command): void {
  const command = program
    .command('get')
    .description('the last run on a node: how far it is, and what came of it');
  withOutputOptions(withNodeArgument(command)).action(
    act(async (node: string | undefined, options: NodeOptions & OutputOptions) => {
      const ref = await nodeOrFleetOf(node, options);
      await printResult(formatOf(options), await withMooring((mooring) => lastRun(mooring, ref)));
    }),
  );
}

async function lastRun(mooring: Mooring, ref: CompleteRef | FleetRef): Promise<Result> {
  const run = await mooring.get(ref);
  const progress = await run.progress();
  const { result, failure } = progress.status === 'running' ? {} : await outcome(run);
  const head = `${progress.workflowId}  ${progress.type}  ${progress.status}  ${showDuration(progress.elapsedMs)}`;
  const steps = progressRows(progress, { paint: plain, columns: 200, rows: 1000, tick: 0, sinceMs: 0 });
  const end = result ? ['', runResult(result, run.workflowId).table] : failure ? ['', failure.message] : [];
  return {
    value: { progress, result: result ?? null, failure: failure ?? null },
    table: [head, ...steps, ...end].join('\n'),
    names: [run.workflowId],
  };
}

/** A failed run is a good answer to the question what became of it. */
async function outcome<Output>(
  run: Run<Output>,
): Promise<{ result?: Output; failure?: FailureReport['failure'] }> {
  try {
    return { result: await run.result() };
  } catch (error) {
    return { failure: { ...failureReport(error).failure, message: errorSentence(error) } };
  }
}
