import { randomUUID } from 'node:crypto';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Workflows } from '../contract/index.ts';
import { heldId, holdingRow, isHolding, type HoldingType } from '../contract/schemas/workflow-types.ts';
import { inMemo, readMemo } from '../contract/wire.ts';
import { decodePayload } from './codec/decode.ts';
import { fingerprint } from './fingerprint.ts';
import { holdsTexts } from './holds-texts.ts';
import { isOpen } from './is-open.ts';
import { unlessForgotten } from './unless-forgotten.ts';

/*
 * One node, or fleet, has one operation at a time. Whoever comes second joins the one that does the same, waits, gives way to
 * what was asked later, or is told who is busy. Temporal's own USE_EXISTING would hand a destroy the result of a
 * provisioning.
 */

type Request = Workflows[HoldingType]['request'];

/** An operation that somebody asks for. */
export interface Admittable {
  type: HoldingType;
  /** The node's, or the fleet's. */
  workflowId: string;
  /** Of a workflow beside it that waits until it is free. Who asks for the same has the same, who asks for something else another. */
  besideId: string;
  fingerprint: string;
  ifBusy: 'cancel' | 'wait' | 'fail';
}

/** How a checked request is started and compared: what its run carries in Temporal's memo. */
export function admittable(
  type: HoldingType,
  request: Request,
): Admittable & { memo: Record<string, unknown> } {
  const print = fingerprint(type, request);
  // Lists of runs show the memo to whoever may not read histories. Without a hash there, the run's own request is compared.
  const shown = holdsTexts(request) ? {} : { fingerprint: print };
  const workflowId = heldId(type, request);
  return {
    type,
    workflowId,
    besideId: `${workflowId}.${type}.${(shown.fingerprint ?? randomUUID()).slice(0, 8)}`,
    fingerprint: print,
    ifBusy: 'ifBusy' in request ? (request.ifBusy ?? 'cancel') : 'fail',
    memo: inMemo({ ...shown, ...('labels' in request && { labels: request.labels }) }),
  };
}

export interface RunningRun {
  workflowId: string;
  /** Of a fleet that has continued as new runs, the first: by it all of them are known. */
  runId: string;
  /** The run that was open: the first may be forgotten before the last has ended. */
  openRunId?: string;
  type: string;
  /** Somebody has asked it to undo what it did. */
  isCancelled?: boolean;
}

/** `wait`: until it is closed, then try again; `cancel`: ask it to undo first. */
export type Admission =
  | { verdict: 'join' | 'wait' | 'cancel'; running: RunningRun }
  | { verdict: 'busy' | 'differs'; running: RunningRun; message: string }
  | { verdict: 'free' };

/** Asks it to undo what it did, whichever of its runs is open by now. */
export async function cancelRunning(
  client: Client,
  { workflowId, runId }: Pick<RunningRun, 'workflowId' | 'runId'>,
): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: runId }).cancel(); // (rule 24)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** Describes what runs under the node's id, and judges what that means for who asks. */
export async function admission(client: Client, asked: Admittable): Promise<Admission> {
  const description = await unlessForgotten(client.workflow.getHandle(asked.workflowId).describe());
  if (!description || !isOpen(description)) return { verdict: 'free' };
  const { workflowId, type } = description;
  const { workflowExecutionInfo, workflowExtendedInfo } = description.raw;
  const openRunId = description.runId;
  const runId = workflowExecutionInfo?.firstRunId || openRunId;
  // A run that continues another has not been asked itself.
  const isCancelled =
    workflowExtendedInfo?.cancelRequested === true || readMemo(description.memo).isCancelled === true;
  const running: RunningRun = { workflowId, runId, openRunId, type, isCancelled };
  const row = isHolding(type) ? holdingRow(type) : undefined;
  // What is being undone is nothing to join. That, and what nobody has asked for, is waited for.
  const isToEnd = isCancelled || type === 'reapNode';
  if (isToEnd && (holdingRow(asked.type).givesWay || asked.ifBusy !== 'fail'))
    return { verdict: 'wait', running };
  const isSame = type === asked.type;
  if (isSame && row?.joins && (await fingerprintOf(client, asked.type, description)) === asked.fingerprint)
    return { verdict: 'join', running };
  if (isSame && row?.isSpec) {
    const message = `${workflowId} is being provisioned from another spec (run ${runId}); wait for it, or cancel it first`;
    return { verdict: 'differs', running, message };
  }
  if (asked.ifBusy === 'wait') return { verdict: 'wait', running };
  if (!row?.givesWay || asked.ifBusy === 'fail')
    return {
      verdict: 'busy',
      running,
      message: `${workflowId} is busy with ${type} (run ${runId}); try again once it is done`,
    };
  return { verdict: asked.ifBusy, running };
}

async function fingerprintOf(
  client: Client,
  type: HoldingType,
  { memo, workflowId, runId }: WorkflowExecutionDescription,
): Promise<string> {
  return readMemo(memo).fingerprint ?? (await fingerprintOfInput(client, type, { workflowId, runId }));
}

/** Its input says what it is: it holds texts, or somebody started it under the node's own id and without our memo. */
async function fingerprintOfInput(
  client: Client,
  type: HoldingType,
  execution: { workflowId: string; runId: string },
): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const input = await decodePayload(client, payload);
  try {
    return fingerprint(type, holdingRow(type).parse(input));
  } catch {
    // What does not even parse is about to fail, and equal to nothing.
    return '';
  }
}
