import type { FailureDetails, FailureType } from './failure.ts';
import { isRunFailure, runDetails } from './wire.ts';
import type { Stories, WorkflowType } from './workflows.ts';

/*
 * For workflows of one's own that start ours as a child.
 */

/**
 * A workflow of ours as a typed function.
 *
 * @example
 * const node = await executeChild<WorkflowOf<'provisionNodeWithVolume'>>('provisionNodeWithVolume', {
 *   args: [spec],
 *   taskQueue: 'mooring',
 * });
 */
export type WorkflowOf<Type extends WorkflowType> = Stories[Type];

/** How one of our workflows failed, as its parent sees it. */
export interface FailureOfChild {
  type: FailureType;
  message: string;
  /** What OVH said, what was undone and what is left. */
  details: FailureDetails | undefined;
}

/** The failure of ours that an error is or was caused by, as of a child workflow; undefined where there is none. */
export function failureIn(error: unknown): FailureOfChild | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type, message, details }: { type?: unknown; message: string; details?: unknown } = cause;
    const failure = { details: Array.isArray(details) ? details : undefined };
    if (isRunFailure(type, failure)) return { type, message, details: runDetails(failure) };
  }
  return undefined;
}
