import {
  CancellationScope,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { inShort } from '../../contract/in-short.ts';
import { fleetFromWorkflowId } from '../../contract/index.ts';
import type { Workflows } from '../../contract/index.ts';
import type { HoldingType } from '../../contract/schemas/workflow-types.ts';
import { timing } from '../../contract/timing.ts';
import { asFailureOfRun } from './as-failure-of-run.ts';
import { refusal } from './failure.ts';
import { observe, wait } from './proxies.ts';
import { Starts } from './starts.ts';
import { searchAttributesOfChild } from './search-attributes.ts';

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

const STOPPED_WATCHING =
  'the run was cancelled before it did anything; what runs under the id of the node goes on';

/**
 * A workflow that a stranger started under an id of their own runs the real work as a child under the id of the node
 * or fleet, or joins, waits for, or gives way to what runs there already.
 */
export async function asChildUnderOwnId<Type extends HoldingType>(
  asked: Asked<Type>,
): Promise<Workflows[Type]['output']> {
  try {
    const request = await observe.checkRequest(asked.type, asked.input);
    return (await runUnderOwnId(asked, request.memo, { checked: request })).result;
  } catch (error) {
    // Cancelling a joiner only stops watching: the run that it joined belongs to somebody else.
    if (isCancellation(error)) throw refusal('Cancelled', STOPPED_WATCHING, 'cancel was requested');
    throw asFailureOfRun(error);
  }
}

/** What an operation has come to. */
export interface UnderOwnId<Type extends HoldingType> {
  result: Workflows[Type]['output'];
  /** The child as which it began; null: it was another's run, which it joined. */
  runId: string | null;
}

/**
 * Runs an operation as a child under the id of what it is about, or joins the run that does the same there.
 */
export async function runUnderOwnId<Type extends HoldingType>(
  asked: Asked<Type>,
  memo: Record<string, unknown>,
  {
    checked,
    starts = new Starts(),
  }: { checked?: Awaited<ReturnType<typeof observe.checkRequest>>; starts?: Starts } = {},
): Promise<UnderOwnId<Type>> {
  type Result = Workflows[Type]['output'];
  let request = checked;
  for (;;) {
    const child = await startUnderOwnId(asked, memo, starts);
    if (child) {
      if (fleetFromWorkflowId(asked.workflowId)) passOnCancel(asked.workflowId);
      return { result: await child.result(), runId: child.firstExecutionRunId };
    }
    request ??= await observe.checkRequest(asked.type, asked.input);
    const admission = await observe.admit(request);
    if (admission.verdict === 'join') {
      const result = await wait.awaitRun(admission.running);
      // Admission lets a request join only a run of the same type, so what that returns is this type's result.
      if (result !== null) return { result: result as Result, runId: null };
    }
    if (admission.verdict === 'wait') await wait.awaitClosed(admission.running);
  }
}

/** The SDK passes a cancel on to the first run of a child alone, and a fleet continues as others. */
function passOnCancel(workflowId: string): void {
  CancellationScope.current().cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).cancel()).catch(
      // It has ended by itself in the same moment.
      () => undefined,
    ),
  );
}

/** What people are shown of it. It is computed from a request that was checked; a fault in it must not fail a task. */
function userMetadata(type: HoldingType, input: object) {
  try {
    // Its parent's timeline shows the summary and no id.
    const { summary, details } = inShort(type, input, { isNamed: true });
    return { staticSummary: summary, staticDetails: details };
  } catch {
    return { staticSummary: type };
  }
}

async function startUnderOwnId<Type extends HoldingType>(
  { type, workflowId, input }: Asked<Type>,
  memo: Record<string, unknown>,
  starts: Starts,
) {
  const attributes = searchAttributesOfChild(workflowId);
  try {
    return await starts.spread([input, memo], () =>
      startChild<(input: object) => Promise<Workflows[Type]['output']>>(type, {
        workflowId,
        ...userMetadata(type, input),
        args: [input],
        memo,
        ...(attributes && { typedSearchAttributes: attributes }),
        ...(fleetFromWorkflowId(workflowId) && { workflowTaskTimeout: timing.fleetTaskMs }),
        // TERMINATE, the default, would skip the child's undo.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}
