import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { fleetFromWorkflowId, fleetNodeName } from '../../contract/index.ts';
import type { FailedFleet, FleetNode, Stories } from '../../contract/index.ts';
import { runDetails } from '../../contract/wire.ts';
import { isForgotten } from '../../temporal/unless-forgotten.ts';
import { eachOf } from '../looking/each-of.ts';
import { RUNS_AT_ONCE, retainedRuns } from './retained-runs.ts';

/**
 * The nodes that retained runs of a fleet have delivered, or kept when they failed, and none has destroyed since, as far as
 * Temporal remembers: what else has become of them OVH says.
 */
export async function deliveredNodes(temporal: Client, workflowId: string): Promise<FleetNode[]> {
  const { runs } = await retainedRuns(temporal, workflowId);
  const ended = runs.filter(({ status }) => ['COMPLETED', 'FAILED'].includes(status.name));
  const told = await eachOf(ended, RUNS_AT_ONCE, async ({ runId }) => nodesOf(temporal, workflowId, runId));
  const delivered = new Map<string, FleetNode>();
  for (const node of told.flat()) {
    const key = `${node.region} ${node.name}`;
    if (node.outcome === 'destroyed') delivered.delete(key);
    else delivered.set(key, node);
  }
  return [...delivered.values()];
}

async function nodesOf(temporal: Client, workflowId: string, runId: string): Promise<FleetNode[]> {
  try {
    const handle = temporal.workflow.getHandle<Stories['provisionFleet' | 'destroyFleet']>(workflowId, runId);
    return (await handle.result()).nodes;
  } catch (error) {
    // Lists show for a while what Temporal has deleted.
    if (isForgotten(error)) return [];
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const ended = cause instanceof ApplicationFailure ? runDetails(cause)?.fleet : undefined;
    return ended ? [...ended.nodes, ...destroyedIn(ended, workflowId)] : [];
  }
}

/** A failure names the first 500 of its nodes, and counts up those that it has destroyed. */
function destroyedIn({ destroyed = {} }: FailedFleet, workflowId: string): FleetNode[] {
  const fleet = fleetFromWorkflowId(workflowId)?.fleet ?? '';
  return Object.entries(destroyed).flatMap(([region, numbers]) =>
    numbers.map((number) => ({
      name: fleetNodeName(fleet, number),
      region,
      outcome: 'destroyed' as const,
      instanceId: null,
      address: null,
    })),
  );
}
