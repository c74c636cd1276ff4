import { CancellationScope, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import { nodeWorkflowId } from '../../contract/index.ts';
import type { BeginAgain, Workflows } from '../../contract/index.ts';
import type { NodeType } from '../../contract/schemas/workflow-types.ts';
import { Journal } from './journal.ts';
import { asChildUnderOwnId, isUnderOwnId } from './lock.ts';
import { NodeRun, type Again } from './node-run.ts';
import { refuseNoRequest } from './request.ts';
import { countRun, outcomeOf } from './run-metrics.ts';
import type { Saga } from './saga.ts';

/**
 * Runs a story on a node: the lock (the workflow id is the node), the baseline, the undo, and the one failure.
 * Whatever happens in the story, afterwards OVH holds what the story returned, or what the baseline saw.
 *
 * The story begins again, with nothing believed of what it knew, where the run was reset, and once where it has made way
 * for something that its baseline had not seen: what stands is then seen, and adopted if it is whole.
 */
export async function onNode<Type extends NodeType>(
  type: Type,
  input: Workflows[Type]['input'],
  story: (saga: Saga<Type>) => Promise<Workflows[Type]['output']>,
): Promise<Workflows[Type]['output']> {
  refuseNoRequest(input);
  const asked = { type, input, workflowId: nodeWorkflowId(input) };
  if (!isUnderOwnId(asked)) return asChildUnderOwnId(asked);

  const root = CancellationScope.current();
  const journal = new Journal(type);
  try {
    for (let again = atFirst(); ;) {
      const run = new NodeRun<Type>(journal);
      try {
        await run.begin(type, input, again);
        // A scope of its own: cancelling it must not cancel the undo below.
        const result = await CancellationScope.cancellable(() => story(run));
        // A run that was reset to its last task knows an old success only: OVH may hold something else by now.
        if (!run.wasReset()) {
          countRun(type, run.project, outcomeOf(result));
          return result;
        }
        again = 'reset';
      } catch (error) {
        // A fault of our own code must not roll back a healthy node: the task fails, and goes on once it is mended.
        if (!(error instanceof TemporalFailure)) throw error;
        const isCancelled = () => root.consideredCancelled;
        const next = await run.failed(error, { type, input, isCancelled, again });
        if ('failure' in next) {
          journal.fails(next.failure);
          countRun(type, run.project, outcomeOf(next.failure));
          throw next.failure;
        }
        ({ again } = next);
      }
      journal.beginsAgain(AGAIN[again]);
    }
  } finally {
    journal.close();
  }
}

const AGAIN = {
  reset: 'This run was reset: what it knew is no proof any more, so it begins with a new baseline.',
  'gave way': 'This run has made way for what somebody else has made, and looks at it with a new baseline.',
} as const satisfies Record<Again, string>;

/** Why the first baseline is taken. After a reset to before it, requests of the run before may still be on their way. */
function atFirst(): BeginAgain {
  const { runId, originalExecutionRunId } = workflowInfo();
  return runId === originalExecutionRunId ? null : 'reset';
}
