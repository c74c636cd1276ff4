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
  /** Why it resisted the rollback that somebody stopped, or was not touched, as a sentence; null where it did not. */
  why: string | null;
  /** Since when it resists, ISO 8601. */
  since: string | null;
  /** True: nothing proves that this run made it, so nobody deletes it unasked. */
  unproven: boolean;
}

/** What is left of a run, and nothing is said of it. */
export function leftThing({ kind, id, name }: Identifier, said: Partial<LeftThing> = {}): LeftThing {
  return { kind, id, name, why: null, since: null, unproven: false, ...said };
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
  /** Deploy steps that were begun, and the last words of the one that failed. */
  deploy: StepResult[];
  /** Of a fleet: its nodes as they are now, and long lists cut to the first 500; null of anything else. */
  fleet: FailedFleet | null;
}

export function isFailureType(type: unknown): type is FailureType {
  return FAILURE_TYPES.some((known) => known === type);
}
