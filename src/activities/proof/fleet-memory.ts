import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { FleetNode, FleetResult } from '../../contract/index.ts';

/**
 * The nodes that retained runs of a fleet have delivered, and none has destroyed since, as far as Temporal remembers: what
 * else has become of them OVH says.
 */
export async function deliveredNodes(temporal: Client, workflowId: string): Promise<FleetNode[]> {
  const query = `WorkflowId = '${workflowId}' AND ExecutionStatus = 'Completed'`;
  const runs = [];
  for await (const run of temporal.workflow.list({ query })) runs.push(run);
  runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const delivered = new Map<string, FleetNode>();
  for (const { runId } of runs)
    try {
      const { nodes } = (await temporal.workflow.getHandle(workflowId, runId).result()) as FleetResult;
      for (const node of nodes) {
        const key = `${node.region} ${node.name}`;
        if (node.outcome === 'destroyed') delivered.delete(key);
        else delivered.set(key, node);
      }
    } catch (error) {
      // Lists show for a while what Temporal has deleted.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  return [...delivered.values()];
}
