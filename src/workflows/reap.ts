import { ParentClosePolicy, isCancellation, startChild, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { CompleteRef, Found, ReapInput, ReapNodeInput, ReapResult } from '../contract/index.ts';
import { nodeWorkflowId } from '../contract/index.ts';
import { inMemo } from '../contract/wire.ts';
import { orFailureOfRun } from './engine/as-failure-of-run.ts';
import { observe } from './engine/proxies.ts';
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
  const { found, apply, olderThan } = await observe.survey(input);
  if (!apply) return found;

  const busy = new Set<string>();
  const failures: unknown[] = [];
  const next = byNode(found.leftOver).values();
  const lane = async () => {
    for (const { node, ids } of next)
      try {
        if (!(await reaped({ ...node, ids, olderThan }))) busy.add(nodeWorkflowId(node));
      } catch (error) {
        if (isCancellation(error)) throw error;
        failures.push(error);
      }
  };
  await sideBySide(Array.from({ length: AT_ONCE }, () => lane));
  if (failures.length > 0) throw failures[0];
  const isBusy = ({ node }: Found) => busy.has(nodeWorkflowId(node));
  return {
    ...found,
    leftOver: found.leftOver.filter((thing) => !isBusy(thing)),
    inProgress: [...found.inProgress, ...found.leftOver.filter(isBusy)],
  };
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

/** Answers false when something runs on the node, which the next reap looks at again. */
async function reaped(input: ReapNodeInput): Promise<boolean> {
  try {
    const child = await startChild('reapNode', {
      workflowId: nodeWorkflowId(input),
      args: [input],
      memo: inMemo({ reapedBy: workflowInfo().workflowId }),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    await child.result();
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
