import { ApplicationFailure } from '@temporalio/workflow';
import type { Baseline, DestroyInput, DestroyResult } from '../contract/index.ts';
import { onNode } from './engine/on-node.ts';

/**
 * Deletes a node, and waits until OVH says that it is gone. A cancel works before the first DELETE; afterwards it
 * finishes. Volumes that are kept are detached, stay, and are adopted when the node is provisioned again.
 */
export async function destroyNode(input: DestroyInput): Promise<DestroyResult> {
  return onNode('destroyNode', input, async (node) => {
    const { volumes = 'spec', ifInstanceId, only, madeBy } = node.request;
    refuseAnotherInstance(ifInstanceId, node.baseline);
    refuseNewer(node.baseline);
    const { deleted, kept } = await node.destroy({ volumes, ifInstanceId, only, madeBy });
    return { deleted, kept, absent: deleted.length === 0 && kept.length === 0 };
  });
}

/** Refuses where the node has another instance than was named. If OVH's list hides it, its volumes say what has them. */
function refuseAnotherInstance(wanted: string | undefined, { instances, volumes }: Baseline): void {
  const found = new Set([
    ...instances.map(({ id }) => id),
    ...volumes.flatMap(({ attachedTo }) => attachedTo),
  ]);
  if (wanted === undefined || [...found].every((id) => id === wanted)) return;
  throw ApplicationFailure.nonRetryable(
    `the instance of the node is ${[...found].join(', ')}, not ${wanted}; nothing was touched`,
    'NodeDiffers',
  );
}

/** Who resets a destroy of long ago has not asked for the end of what was provisioned since. */
function refuseNewer({ newer }: Baseline): void {
  if (!newer) return;
  throw ApplicationFailure.nonRetryable(
    `this destroy was reset, and ${newer.join(', ')} came after it had begun; nothing was touched: destroy the node anew`,
    'NodeDiffers',
  );
}
