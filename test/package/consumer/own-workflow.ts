import { ParentClosePolicy, executeChild } from '@temporalio/workflow';
import { failureIn, type NodeSpec, type WorkflowOf } from 'mooring/contract';

/** Another team's workflow: it takes a machine for granted, and says what is missing where it gets none. */
export async function orderMachine(spec: NodeSpec): Promise<{ host: string | null; refused: string | null }> {
  try {
    const node = await executeChild<WorkflowOf<'provisionNodeWithVolume'>>('provisionNodeWithVolume', {
      args: [spec],
      taskQueue: 'mooring',
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    return { host: node.addresses.publicIpv4, refused: null };
  } catch (error) {
    const failure = failureIn(error);
    if (failure?.type !== 'PreflightFailed') throw error;
    return { host: null, refused: failure.message };
  }
}
