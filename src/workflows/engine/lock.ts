import {
  ApplicationFailure,
  ParentClosePolicy,
  isCancellation,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { FailureDetails, Workflows } from '../../contract/index.ts';
import type { HoldingType } from '../../contract/schemas/workflow-types.ts';
import { asFailureOfRun } from './as-failure-of-run.ts';
import { observe } from './proxies.ts';
import { spreadBySize } from './starts.ts';

/** What somebody asks for, and the id that it holds. */
export interface Asked<Type extends HoldingType = HoldingType> {
  type: Type;
  workflowId: string;
  input: object;
}

/** The lock: the workflow id is the node, or the fleet, and Temporal admits one running workflow per id. */
export function isUnderOwnId({ workflowId }: Asked): boolean {
  return workflowInfo().workflowId === workflowId;
}

/**
 * A workflow that a stranger started under an id of their own runs the real work as a child under the id of the node
 * or fleet, or joins, waits for, or gives way to what runs there already.
 */
export async function asChildUnderOwnId<Type extends HoldingType>(
  asked: Asked<Type>,
): Promise<Workflows[Type]['output']> {
  try {
    const request = await observe.checkRequest(asked.type, asked.input);
    return (await runUnderOwnId(asked, request.memo, request)).result;
  } catch (error) {
    if (isCancellation(error)) throw stoppedWatching();
    throw asFailureOfRun(error);
  }
}

/**
 * Runs an operation as a child under the id of what it is about, or joins the run that does the same there. `isOwn`: it
 * was this child that did it.
 */
export async function runUnderOwnId<Type extends HoldingType>(
  asked: Asked<Type>,
  memo: Record<string, unknown>,
  checked?: Awaited<ReturnType<typeof observe.checkRequest>>,
): Promise<{ result: Workflows[Type]['output']; isOwn: boolean }> {
  type Result = Workflows[Type]['output'];
  let request = checked;
  for (;;) {
    const child = await startUnderOwnId(asked, memo);
    if (child) return { result: (await child.result()) as Result, isOwn: true };
    request ??= await observe.checkRequest(asked.type, asked.input);
    const admission = await observe.admit(request);
    if (admission.verdict === 'join')
      return { result: (await observe.awaitRun(admission.running)) as Result, isOwn: false };
    if (admission.verdict === 'wait') await observe.awaitClosed(admission.running);
  }
}

async function startUnderOwnId({ type, workflowId, input }: Asked, memo: Record<string, unknown>) {
  try {
    return await spreadBySize([input, memo], () =>
      startChild(type, {
        workflowId,
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
