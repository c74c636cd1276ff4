import { ApplicationFailure } from '@temporalio/common';
import { isFailureType, type FailureDetails, type FailureType } from '../contract/index.ts';
import { runDetails } from '../contract/wire.ts';

/** A run that failed, or a request that was refused. Branch on `type`, never on the message. */
export class MooringError extends Error {
  override readonly name = 'MooringError';
  readonly type: FailureType;
  /** What OVH said, what was undone and what is left; absent when nothing was started. */
  readonly details: FailureDetails | undefined;

  constructor(type: FailureType, message: string, details?: FailureDetails) {
    super(message);
    this.type = type;
    this.details = details;
  }
}

/** The wait is over, the run is not: ask again, or come back later. */
export class StillRunning extends Error {
  override readonly name = 'StillRunning';
}

/** Somebody terminated the run, or Temporal timed it out: nothing was undone. Provisioning again heals it. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded';
}

/** Only a rollback can be stopped, and none is under way. */
export class NotRollingBack extends Error {
  override readonly name = 'NotRollingBack';
}

/** Nobody works on the task queue, so the run waits. */
export class NoWorker extends Error {
  override readonly name = 'NoWorker';
}

/** What ended a run, as the failure that programs branch on. */
export function failureOf(cause: Error | undefined, workflowId: string): Error {
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
    return new MooringError(cause.type, cause.message, runDetails(cause));
  }
  const why = cause?.message ?? 'it ended without a reason';
  return new RunEnded(`the run of ${workflowId} did not end by itself: ${why}`);
}
