import {
  ApplicationFailure,
  ParentClosePolicy,
  isCancellation,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { operationWorkflowId } from '../contract/index.ts';
import type { FailureDetails, WorkflowType } from '../contract/index.ts';
import { applicationFailure } from './failure.ts';
import { observe } from './patience.ts';

/** The lock: the workflow id is the node, or the fleet, and Temporal admits one running workflow per id. */
export function isUnderOwnId(type: WorkflowType, input: object): boolean {
  // A stranger may send anything at all; what is no request is judged by `checkRequest`.
  return workflowInfo().workflowId === operationWorkflowId(type, input ?? {});
}

/**
 * A workflow that a stranger started under an id of their own runs the real work as a child under the id of the node
 * or fleet, or joins, waits for, or gives way to what runs there already.
 */
export async function asChildUnderOwnId<Result>(type: WorkflowType, input: object): Promise<Result> {
  try {
    const request = await observe.checkRequest(type, input);
    return (await runUnderOwnId<Result>(type, input, request.memo, request)).result;
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

/**
 * Runs an operation as a child under the id of what it is about, or joins the run that does the same there. `isOwn`: it
 * was this child that did it.
 */
export async function runUnderOwnId<Result>(
  type: WorkflowType,
  input: object,
  memo: Record<string, unknown>,
  checked?: Awaited<ReturnType<typeof observe.checkRequest>>,
): Promise<{ result: Result; isOwn: boolean }> {
  let request = checked;
  for (;;) {
    const child = await startUnderOwnId(type, input, memo);
    if (child) return { result: (await child.result()) as Result, isOwn: true };
    request ??= await observe.checkRequest(type, input);
    const admission = await observe.admit(request);
    if (admission.verdict === 'join')
      return { result: (await observe.awaitRun(admission.running)) as Result, isOwn: false };
    if (admission.verdict === 'wait') await observe.awaitClosed(admission.running);
  }
}

async function startUnderOwnId(type: WorkflowType, input: object, memo: Record<string, unknown>) {
  try {
    return await startChild(type, {
      workflowId: operationWorkflowId(type, input),
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
