import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { required } from '../../contract/required.ts';
import { isEncrypted } from '../../temporal/codec/encrypting-codec.ts';
import { unlessForgotten } from '../../temporal/unless-forgotten.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';
import type { ServedProject } from '../project.ts';

/** Of the worker: where histories are, and whether user data may be read there. */
export interface ReadableUserData {
  temporal: Client;
  allowsReadableUserData: boolean;
}

/**
 * Refuses a request whose user data, which often holds secrets, everybody can read in Temporal's history: in that of
 * this run, or of the one that a stranger has started and that does its work in this one. What a simulator is given is
 * no secret.
 *
 * @throws PreflightFailed with what to do about it.
 */
export async function refuseReadableUserData(
  { temporal, allowsReadableUserData }: ReadableUserData,
  { isReal }: Pick<ServedProject, 'isReal'>,
): Promise<void> {
  if (!isReal || allowsReadableUserData) return;
  const { workflowExecution: own } = Context.current().info;
  if (!own) return;
  const { raw } = await temporal.workflow.getHandle(own.workflowId, own.runId).describe();
  const parent = raw.workflowExecutionInfo?.parentExecution;
  const runs = parent?.workflowId
    ? [own, { workflowId: parent.workflowId, runId: required(parent.runId, 'the run id of the parent') }]
    : [own];
  const readable = await Promise.all(runs.map((run) => isReadable(temporal, run)));
  if (!readable.includes(true)) return;
  throw finalFailure(
    'PreflightFailed',
    "userData can be read by everybody who sees Temporal's history, because the request came unencrypted; set " +
      'MOORING_CODEC_KEY for the worker and for whatever starts the run, or name the data by userDataFrom, or set ' +
      'MOORING_READABLE_USER_DATA=allow on the worker',
  );
}

async function isReadable(
  temporal: Client,
  execution: { workflowId: string; runId: string },
): Promise<boolean> {
  // Where its retention is over nobody reads it any more.
  const answer = await unlessForgotten(
    temporal.workflowService.getWorkflowExecutionHistory({
      namespace: temporal.options.namespace,
      execution,
      maximumPageSize: 1,
    }),
  );
  const [first] = answer?.history?.events ?? [];
  const [input] = first?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return input !== undefined && !isEncrypted(input);
}
