import proto from '@temporalio/proto';
import { connectClient, type ClientConnection } from '../../temporal/connect.ts';
import { look, type Finding } from './finding.ts';
import { lookAtRuns } from './look-at-runs.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** Temporal, who polls the two queues of the workers, and whether those agree. */
export async function lookAtTemporal(taskQueue: string): Promise<Finding[]> {
  let connected: ClientConnection | undefined;
  const server = await look('temporal', 'set TEMPORAL_ADDRESS, or run "mooring dev"', async () => {
    connected = await connectClient();
    const { namespace, address, client } = connected;
    const { serverVersion } = await client.workflowService.getSystemInfo({});
    await client.workflowService.describeNamespace({ namespace });
    return { state: 'ok', says: `${serverVersion} at ${address}, namespace ${namespace}` };
  });
  if (!connected) return [server];
  try {
    return [
      server,
      await lookAtQueue(connected, taskQueue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
      await lookAtQueue(connected, `${taskQueue}-observe`, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
      await lookAtRuns(connected, taskQueue),
    ];
  } finally {
    await connected.connection.close();
  }
}

async function lookAtQueue(
  { client, namespace }: ClientConnection,
  name: string,
  taskQueueType: proto.temporal.api.enums.v1.TaskQueueType,
): Promise<Finding> {
  return look(`queue ${name}`, 'check the namespace', async () => {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType,
    });
    const count = pollers?.length ?? 0;
    return count === 0
      ? { state: 'failed', says: 'no worker polls it', todo: 'start one: mooring worker', exitCode: 7 }
      : { state: 'ok', says: `${count} ${count === 1 ? 'poller' : 'pollers'}` };
  });
}
