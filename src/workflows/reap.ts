import {
  CancellationScope,
  ParentClosePolicy,
  isCancellation,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type {
  CompleteRef,
  Found,
  Identifier,
  ReapInput,
  ReapNodeInput,
  ReapNodeResult,
  ReapResult,
} from '../contract/index.ts';
import { nodeWorkflowId } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import { inMemo } from '../contract/wire.ts';
import { orFailureOfRun } from './engine/as-failure-of-run.ts';
import { wait } from './engine/proxies.ts';
import { refuseNoRequest } from './engine/request.ts';
import { sideBySide } from './engine/side-by-side.ts';

/**
 * Finds what carries our mark and nobody wants, such as what OVH applied after everybody had stopped looking. It says
 * so and, if asked, deletes: each node under its own workflow id, never beside an operation, after looking again there.
 */
export async function reap(input: ReapInput = {}): Promise<ReapResult> {
  refuseNoRequest(input);
  return orFailureOfRun(() => reapWhatIsFound(input));
}

/** Nodes that are reaped at the same time: one that resists, or whose reap fails, keeps no other from being tried. */
const AT_ONCE = 20;

async function reapWhatIsFound(input: ReapInput): Promise<ReapResult> {
  const { found, apply, olderThan } = await wait.survey(input);
  if (!apply) return { ...found, deleted: [] };

  /** By node, why it is not reaped by the end of this run. */
  const goesOn = new Map<string, string>();
  const failures: unknown[] = [];
  const deleted: Identifier[] = [];
  const next = byNode(found.leftOver).values();
  const lane = async () => {
    for (const { node, ids } of next)
      try {
        const reaped = await reapedOrWhyNot({ ...node, ids, olderThan });
        if (typeof reaped === 'string') goesOn.set(nodeWorkflowId(node), reaped);
        else deleted.push(...reaped.deleted);
      } catch (error) {
        if (isCancellation(error)) throw error;
        failures.push(error);
      }
  };
  await sideBySide(Array.from({ length: AT_ONCE }, () => lane));
  if (failures.length > 0) throw failures[0];
  const leftOver: Found[] = [];
  const inProgress = [...found.inProgress];
  for (const thing of found.leftOver) {
    const reason = goesOn.get(nodeWorkflowId(thing.node));
    if (reason === undefined) leftOver.push(thing);
    else inProgress.push({ ...thing, reason });
  }
  return { ...found, leftOver, inProgress, deleted };
}

function byNode(things: Found[]): { node: CompleteRef; ids: string[] }[] {
  const nodes = new Map<string, { node: CompleteRef; ids: string[] }>();
  for (const { node, id } of things) {
    const entry = nodes.get(nodeWorkflowId(node)) ?? { node, ids: [] };
    entry.ids.push(id);
    nodes.set(nodeWorkflowId(node), entry);
  }
  return [...nodes.values()];
}

/**
 * Reaps a node. Answers why it is not done where something else runs on it, or what goes resists: that one's own run goes
 * on. Were it waited for, the schedule would skip every later reap.
 */
async function reapedOrWhyNot(input: ReapNodeInput): Promise<ReapNodeResult | string> {
  const workflowId = nodeWorkflowId(input);
  try {
    const child = await startChild('reapNode', {
      workflowId,
      args: [input],
      memo: inMemo({ reapedBy: workflowInfo().workflowId }),
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return await soon(child.result(), `it resists; ${workflowId} goes on with it`);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return `something runs on ${workflowId}`;
    throw error;
  }
}

/** Deaf to cancels: the child hears them itself, and a run that ended at once might end before it does. */
async function soon<T>(end: Promise<T>, otherwise: string): Promise<T | string> {
  return CancellationScope.nonCancellable(async () => {
    const patience = new CancellationScope();
    const late = patience.run(() => sleep(timing.reapMs)).then(() => otherwise);
    try {
      return await Promise.race([end, late]);
    } finally {
      patience.cancel();
    }
  });
}
