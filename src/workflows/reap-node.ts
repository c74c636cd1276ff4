import type { Identifier, ReapNodeInput } from '../contract/index.ts';
import { observe } from './patience.ts';
import { baselineIdentifiers, onNode } from './saga.ts';

/** Deletes what is left over of one node. It holds the node's id, and looks again: somebody may want it by now. */
export async function reapNode(input: ReapNodeInput): Promise<{ deleted: Identifier[] }> {
  return onNode<ReapNodeInput, { deleted: Identifier[] }>('reapNode', input, async (node) => {
    const { request, baseline } = node;
    const again = await node.step('survey', observe.surveyNode, request);
    const goes = new Set(again.leftOver.map(({ id }) => id).filter((id) => request.ids.includes(id)));
    if (goes.size === 0) return { deleted: [] };
    return { deleted: await node.reduceTo(baselineIdentifiers(baseline).filter(({ id }) => !goes.has(id))) };
  });
}
