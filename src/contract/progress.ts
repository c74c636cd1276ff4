import type { FleetProgress } from './fleet.ts';
import type { UndoProgress } from './undo.ts';

/** How far a run is. Of a node it costs no Temporal action to read, and works while no worker does; a fleet is asked itself. */
export interface Progress {
  apiVersion: 'mooring/v1';
  workflowId: string;
  runId: string;
  /** The workflow's type, such as `provisionNodeWithVolume`. */
  type: string;
  status: RunStatus;
  startedAt: string;
  elapsedMs: number;
  /** In the order in which they began. */
  steps: ProgressStep[];
  /** Of a fleet; null of anything else. */
  fleet: FleetProgress | null;
  /** What is being deleted, thing by thing, by an undo or a destroy; null where nothing has been. */
  undo: UndoProgress | null;
}

/** `failed`: also where it was cancelled, and has undone what it did. Accept new words. */
export type RunStatus = 'running' | 'completed' | 'failed' | 'terminated';

export interface ProgressStep {
  /** The activity's id, such as `create-instance`. */
  step: string;
  state: StepState;
  /** What it is about, such as `instance web-1-k3f9x2ab-q7mz4c (b3-8, Debian 12, GRA11)`. */
  about: string | null;
  startedAt: string;
  /** Null while it goes on. */
  tookMs: number | null;
  attempt: number;
  /** Why it waits, retries or failed, as a sentence for people. */
  message: string | null;
  /** OVH's own word for what is waited for, as it was last seen, such as `BUILD`; null where nobody has seen one. */
  ovhStatus: string | null;
  /** How long such a wait usually takes, in milliseconds; null where the worker has seen none yet. */
  expectedMs: number | null;
  /** `X-Ovh-Queryid` of the answer for which it retries or failed: what OVH's support asks for. */
  queryId: string | null;
}

/** A step that begins, and of which nothing more is known. */
export function stepBegun(step: string, startedAt: string, about: string | null): ProgressStep {
  return {
    step,
    state: 'scheduled',
    about,
    startedAt,
    tookMs: null,
    attempt: 1,
    message: null,
    ovhStatus: null,
    expectedMs: null,
    queryId: null,
  };
}

/** `waiting`: OVH works and we look; `retrying`: something went wrong and the step begins again. */
export type StepState = 'scheduled' | 'running' | 'waiting' | 'retrying' | 'done' | 'failed' | 'cancelled';
