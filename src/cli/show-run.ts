import type { Run } from '../client/index.ts';
import { formatOf, type OutputOptions } from './command-options.ts';
import { printResult } from './output.ts';

/** Where a run that nobody watches can be found again. */
export async function printStarted(
  { workflowId, runId, joined }: Run,
  options: OutputOptions,
): Promise<void> {
  await printResult(formatOf(options), {
    value: { workflowId, runId, joined },
    table: `${workflowId} ${runId}`,
    names: [workflowId],
  });
}
