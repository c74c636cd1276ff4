import { ApplicationFailure } from '@temporalio/workflow';
import type { Baseline, DestroyInput, DestroyResult, Identifier } from '../contract/index.ts';
import { baselineIdentifiers, onNode } from './saga.ts';

/**
 * Deletes a node, and waits until OVH says that it is gone. A cancel works before the first DELETE; afterwards it
 * finishes. Volumes that are kept are detached, stay, and are adopted when the node is provisioned again.
 */
export async function destroyNode(input: DestroyInput): Promise<DestroyResult> {
  return onNode<DestroyInput, DestroyResult>('destroyNode', input, async (node) => {
    const { request, baseline } = node;
    refuseAnotherInstance(request, baseline);

    const kept = baselineIdentifiers(baseline).filter(({ id }) => staysBehind(id, request, baseline));
    const deleted = await node.reduceTo(kept);
    return { deleted, kept, absent: deleted.length === 0 && kept.length === 0 };
  });
}

function staysBehind(id: string, { volumes, only }: DestroyInput, baseline: Baseline): boolean {
  if (only) return !only.includes(id);
  const volume = baseline.volumes.find((candidate) => candidate.id === id);
  if (!volume) return false;
  return volumes === 'keep' || (volumes !== 'delete' && volume.onDestroy === 'keep');
}

function refuseAnotherInstance({ ifInstanceId }: DestroyInput, { instances }: Baseline): void {
  if (ifInstanceId === undefined || instances.every(({ id }) => id === ifInstanceId)) return;
  const found = instances.map(({ id }: Pick<Identifier, 'id'>) => id).join(', ');
  throw ApplicationFailure.nonRetryable(
    `the instance of the node is ${found}, not ${ifInstanceId}; nothing was touched`,
    'NodeDiffers',
  );
}
