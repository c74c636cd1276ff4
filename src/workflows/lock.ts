import {
  ApplicationFailure,
  ParentClosePolicy,
  isCancellation,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { nodeWorkflowId } from '../contract/index.ts';
import type { FailureDetails, Ref, WorkflowType } from '../contract/index.ts';
import { applicationFailure } from './failure.ts';
import { observe } from './patience.ts';

/** The lock: the workflow id is the node, and Temporal admits one running workflow per id. */
export function underNodeId(input: Ref): boolean {
  // A stranger may send anything at all; what is no reference to a node is judged by `checkRequest`.
  return workflowInfo().workflowId === nodeWorkflowId(input ?? {});
}

/**
 * A workflow that a stranger started under an id of their own runs the real work as a child under the node's id,
 * or joins, waits for, or gives way to what runs there already.
 */
export async function asChildUnderNodeId<Result>(type: WorkflowType, input: Ref): Promise<Result> {
  try {
    const request = await observe.checkRequest(type, input);
    for (;;) {
      const child = await startUnderNodeId(type, input, request);
      if (child) return (await child.result()) as Result;
      const admission = await observe.admit(request);
      if (admission.verdict === 'join') return (await observe.awaitRun(admission.running)) as Result;
      if (admission.verdict === 'wait') await observe.awaitClosed(admission.running);
    }
  } catch (error) {
    // Callers see the failure of the work itself, not of the way that it took.
    const failure = applicationFailure(error);
    if (failure)
      throw ApplicationFailure.create({
        type: failure.type ?? 'Error',
        message: failure.message,
        nonRetryable: true,
        details: failure.details ?? [],
      });
    if (isCancellation(error)) throw stoppedWatching();
    throw error;
  }
}

async function startUnderNodeId(
  type: WorkflowType,
  input: Ref,
  { workflowId, memo }: { workflowId: string; memo: Record<string, unknown> },
) {
  try {
    return await startChild(type, {
      workflowId,
      args: [input],
      memo,
      // TERMINATE, the default, would skip the child's undo.
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

/** Cancelling a joiner only stops watching: the run that it joined belongs to somebody else. */
function stoppedWatching(): ApplicationFailure {
  const details: FailureDetails = {
    step: null,
    cause: { status: null, ovhClass: null, message: 'cancel was requested', queryId: null },
    undone: [],
    left: [],
    spared: [],
  };
  const message = 'the run was cancelled before it did anything; what runs under the id of the node goes on';
  return ApplicationFailure.create({ type: 'Cancelled', message, nonRetryable: true, details: [details] });
}
