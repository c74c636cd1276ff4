import proto from '@temporalio/proto';
import { connectClient, type ClientConnection } from '../../temporal/connect.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/search-attributes.ts';
import { lookForSearchAttributes } from '../../temporal/search-attributes.ts';
import { within } from '../../temporal/within.ts';
import { look, type Finding } from './finding.ts';
import { lookAtRuns } from './look-at-runs.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** Temporal, who polls the two queues of the workers, and whether those agree. */
export async function lookAtTemporal(taskQueue: string): Promise<Finding[]> {
  let connected: ClientConnection | undefined;
  const server = await look('temporal', 'set TEMPORAL_ADDRESS, or run "mooring dev"', async () => {
    connected = await connectClient();
    const { namespace, address, client } = connected;
    const { serverVersion } = await asked(connected, () => client.workflowService.getSystemInfo({}));
    await asked(connected, () => client.workflowService.describeNamespace({ namespace }));
    return { state: 'ok', says: `${serverVersion} at ${address}, namespace ${namespace}` };
  });
  if (!connected) return [server];
  try {
    return [
      server,
      await lookAtQueue(connected, taskQueue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
      await lookAtQueue(connected, `${taskQueue}-observe`, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
      await lookAtRuns(connected, taskQueue),
      await lookAtSearchAttributes(connected),
    ];
  } finally {
    await connected.connection.close();
  }
}

async function lookAtSearchAttributes(connected: ClientConnection): Promise<Finding> {
  return look('search attributes', 'ask somebody who may list them', async () => {
    const { missing, wrong } = await asked(connected, () => lookForSearchAttributes(connected.client));
    if (wrong.length > 0)
      return {
        state: 'warning',
        says: `${wrong.join(', ')} of another type than Keyword: runs are started without any`,
        todo: 'rename or remove them',
      };
    return missing.length > 0
      ? { state: 'off', says: `${missing.join(', ')} are missing`, todo: 'mooring setup makes them' }
      : { state: 'ok', says: SEARCH_ATTRIBUTES.join(', ') };
  });
}

async function lookAtQueue(
  connected: ClientConnection,
  name: string,
  taskQueueType: proto.temporal.api.enums.v1.TaskQueueType,
): Promise<Finding> {
  return look(`queue ${name}`, 'check the namespace', async () => {
    const { client, namespace } = connected;
    const { pollers } = await asked(connected, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
    );
    const count = pollers?.length ?? 0;
    return count === 0
      ? { state: 'failed', says: 'no worker polls it', todo: 'start one: mooring worker', exitCode: 7 }
      : { state: 'ok', says: `${count} ${count === 1 ? 'poller' : 'pollers'}` };
  });
}

const asked = async <T>({ connection }: ClientConnection, call: () => Promise<T>): Promise<T> =>
  within(connection, 5000, call);
