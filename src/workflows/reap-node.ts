import { STEPS, identifier } from '../contract/index.ts';
import type { ReapNodeInput, ReapNodeResult } from '../contract/index.ts';
import { observe } from './engine/proxies.ts';
import { onNode } from './engine/on-node.ts';

/**
 * Deletes what is left over of one node. It runs under the node's id, so nothing goes on beside it, and looks again: somebody
 * may want it by now.
 */
export async function reapNode(input: ReapNodeInput): Promise<ReapNodeResult> {
  return onNode('reapNode', input, async (node) => {
    const again = await node.step(STEPS.survey, observe.surveyNode, node.request);
    const goes = again.leftOver.filter(({ id }) => node.request.ids.includes(id));
    if (goes.length === 0) return { deleted: [] };
    const { deleted } = await node.delete(goes.map(identifier));
    return { deleted };
  });
}
