import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { BareActivities } from './worker.ts';

const { change } = proxyActivities<BareActivities>({ startToCloseTimeout: '150s', heartbeatTimeout: '30s' });
const { look } = proxyActivities<BareActivities>({
  taskQueue: `${workflowInfo().taskQueue}-observe`,
  startToCloseTimeout: '60s',
});

/** As many activities as a node with one volume has, in the same shape on the same two queues, and nothing in them. */
export async function bareNode(): Promise<void> {
  await look();
  await look();
  await Promise.all([made(), made()]);
  await change();
  await look();
  await look();
}

async function made(): Promise<void> {
  await change();
  await look();
}
