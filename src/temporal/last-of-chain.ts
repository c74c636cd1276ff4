import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import proto from '@temporalio/proto';

const { HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT } = proto.temporal.api.enums.v1.HistoryEventFilterType;

/**
 * The run that a run has come to by continuing as new ones: itself, where it has not. A reset is followed neither by
 * Temporal's results nor here.
 *
 * @throws WorkflowNotFoundError
 */
export async function lastOfChain(
  client: Client,
  workflowId: string,
  from: string,
): Promise<WorkflowExecutionDescription> {
  for (let runId = from; ;) {
    const description = await client.workflow.getHandle(workflowId, runId).describe();
    if (description.status.name !== 'CONTINUED_AS_NEW') return description;
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      historyEventFilterType: HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    });
    const [close] = history?.events ?? [];
    const next = close?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (!next) return description;
    runId = next;
  }
}
