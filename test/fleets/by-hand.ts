import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { ApplicationFailure, defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { FailureDetails, FleetResult } from '../../src/contract/index.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { until } from '../support/until.ts';

const { CommandType } = temporal.api.enums.v1;

/**
 * Puts a closed run into Temporal, as a worker would have ended it: of what a fleet of hundreds has come to, without the minutes
 * in which it would.
 */
export async function recordRun(
  client: Client,
  { type, workflowId }: { type: 'provisionFleet' | 'destroyFleet'; workflowId: string },
  end: { result: FleetResult } | { failure: Partial<FailureDetails> },
): Promise<void> {
  const { namespace } = client.options;
  const taskQueue = `by-hand-${randomUUID()}`;
  const { firstExecutionRunId } = await client.workflow.start(type, { workflowId, taskQueue, args: [{}] });
  const { taskToken } = await client.withDeadline(Date.now() + PATIENCE_MS, () =>
    client.workflowService.pollWorkflowTaskQueue({ namespace, taskQueue: { name: taskQueue } }),
  );
  const command = 'result' in end ? completed(end.result) : failed(end.failure);
  await client.workflowService.respondWorkflowTaskCompleted({ namespace, taskToken, commands: [command] });
  // Temporal's list of runs lags.
  const query = `RunId = '${firstExecutionRunId}' AND ExecutionStatus != 'Running'`;
  await until(async () => (await client.workflow.count(query)).count === 1);
}

function completed(result: FleetResult) {
  return {
    commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
    completeWorkflowExecutionCommandAttributes: {
      result: { payloads: [defaultPayloadConverter.toPayload(result)] },
    },
  };
}

function failed(details: Partial<FailureDetails>) {
  const failure = ApplicationFailure.nonRetryable('a test', 'FleetIncomplete', details);
  return {
    commandType: CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
    failWorkflowExecutionCommandAttributes: {
      failure: defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter),
    },
  };
}
