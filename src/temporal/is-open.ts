import type { WorkflowExecutionInfo } from '@temporalio/client';

/** Whether a run goes on, now or once somebody has it go on. */
export function isOpen({ status }: Pick<WorkflowExecutionInfo, 'status'>): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}
