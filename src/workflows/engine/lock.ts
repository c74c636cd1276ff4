import {
  ApplicationFailure,
  ParentClosePolicy,
  isCancellation,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { operationWorkflowId } from '../../contract/index.ts';
import type { FailureDetails, WorkflowType } from '../../contract/index.ts';
import { asFailureOfRun } from './as-failure-of-run.ts';
import { observe } from './proxies.ts';
import { refuseNoRequest } from './request.ts';
import { spreadBySize } from './starts.ts';

/**
 * The lock: the workflow id is the node, or the fleet, and Temporal admits one running workflow per id.
 *
 * @throws ApplicationFailure `InvalidSpec` where a stranger sent what is no request: no id can be made of it.
 */
export function isUnderOwnId(type: WorkflowType, input: unknown): boolean {
  refuseNoRequest(input);
  return workflowInfo().workflowId === operationWorkflowId(type, input);
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
    if (isCancellation(error)) throw stoppedWatching();
    throw asFailureOfRun(error);
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
    return await spreadBySize([input, memo], () =>
      startChild(type, {
        workflowId: operationWorkflowId(type, input),
        args: [input],
        memo,
        // TERMINATE, the default, would skip the child's undo.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      }),
    );
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
