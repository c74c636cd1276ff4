import type { FailedFleet } from './fleet.ts';
import type { StepResult } from './guest.ts';
import type { Identifier } from './plan.ts';

/** Every way in which a run can fail. Programs branch on these; nobody branches on message text. */
export const FAILURE_TYPES = [
  'InvalidSpec',
  'PreflightFailed',
  'NodeBusy',
  'NodeDiffers',
  'OvhRejected',
  'OvhForbidden',
  'OvhNotFound',
  'QuotaExceeded',
  'InstanceFailed',
  'VolumeFailed',
  'FloatingIpFailed',
  'DeadlineExceeded',
  'FleetIncomplete',
  'GuestUnreachable',
  'HostKeyDiffers',
  'HostKeyUnknown',
  'LoginRefused',
  'CloudInitFailed',
  'ScriptFailed',
  'ScriptTimedOut',
  'ScriptLost',
  'SourceChanged',
  'Cancelled',
] as const;
export type FailureType = (typeof FAILURE_TYPES)[number];

/** What OVH said, where it said anything. */
export interface FailureCause {
  status: number | null;
  ovhClass: string | null;
  message: string;
  /** `X-Ovh-Queryid`: what OVH's support asks for. */
  queryId: string | null;
}

/** What a run leaves behind. */
export interface LeftThing extends Identifier {
  /** Why it resisted the rollback that somebody stopped, or was not touched, as a sentence; absent where it did not. */
  why?: string;
  /** Since when, ISO 8601. */
  since?: string;
  /** True: nothing proves that this run made it, so nobody deletes it unasked. */
  unproven?: true;
}

/** `details[0]` of the `ApplicationFailure` that ends a failed or cancelled run. */
export interface FailureDetails {
  step: string | null;
  cause: FailureCause;
  /** What this run made and has deleted again. */
  undone: Identifier[];
  /**
   * What this run made and could not undo. Empty after a rollback, but for a floating IP of a node that stood before, of
   * which nobody can prove that this run made it: it is never deleted by guess.
   */
  left: LeftThing[];
  /** What was there before, untouched. */
  spared: Identifier[];
  /** Of a run with deploy steps: those that were begun, and the last words of the one that failed. */
  deploy?: StepResult[];
  /** Of a fleet: its nodes as they are now. Long lists are cut to the first 500. */
  fleet?: FailedFleet;
}

export function isFailureType(type: unknown): type is FailureType {
  return FAILURE_TYPES.some((known) => known === type);
}
