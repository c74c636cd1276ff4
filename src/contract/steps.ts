import { withinBytes } from './in-short.ts';

/**
 * What steps are called: in Temporal's UI (as activity ids), in progress, in failures, in the stream. Other programs know
 * them, so a name stays.
 */
export const STEPS = {
  baseline: 'baseline',
  preflight: 'preflight',
  createInstance: 'create-instance',
  awaitInstance: 'await-instance',
  createVolume: (volume: string) => `create-volume-${volume}` as const,
  awaitVolume: (volume: string) => `await-volume-${volume}` as const,
  attachVolume: (volume: string) => `attach-volume-${volume}` as const,
  awaitAttach: (volume: string) => `await-attach-${volume}` as const,
  createFloatingIp: 'create-floating-ip',
  /** Ties one to the node that is there already. */
  associateFloatingIp: 'associate-floating-ip',
  awaitFloatingIp: 'await-floating-ip',
  /** What an undo must know before the instance goes, which alone tells whose a floating IP is. */
  findFloatingIp: 'find-floating-ip',
  count: 'count',
  /** Deletes what is more than was asked for, and proven to be the run's. */
  removeExtra: 'remove-extra',
  /** Deletes what somebody asked to be deleted. */
  delete: 'delete',
  /** Back to the baseline. */
  undo: 'undo',
  /** What a rollback that somebody stopped has left. */
  left: 'left',
  survey: 'survey',
  /** The guest answers, or its cloud-init is done. */
  awaitGuest: 'await-guest',
  /** After its deploy steps: what the spec waits for in the guest. */
  awaitReady: 'await-ready',
  deploy: (step: string) => `deploy-${step}` as const,
  awaitDeploy: (step: string) => `await-deploy-${step}` as const,
  stopDeploy: (step: string) => `stop-deploy-${step}` as const,
  /** Of a fleet: every node's own run, */
  nodes: 'nodes',
  /** and the destroying of those that it made. */
  rollback: 'rollback',
} as const;

/** Whether it waits for OVH or for a guest, and says with each heartbeat what for. */
export function isWait(step: string): boolean {
  return step.startsWith('await-');
}

/** Temporal takes 200 bytes of a summary. */
const MOST_BYTES = 190;

/** `await-instance: web-1-k3f9x2ab-q7mz4c`: the UI names an activity by its type, which is a function's name. */
export function stepSummary(step: string, about: string | null): string {
  return withinBytes(about === null ? step : `${step}: ${about}`, MOST_BYTES);
}

/** What a step is about, out of its summary. */
export function aboutOf(step: string, summary: string): string | null {
  if (summary === step) return null;
  return summary.startsWith(`${step}: `) ? summary.slice(step.length + 2) : summary;
}

type Named<Step> = Step extends (name: string) => infer Name ? Name : Step;
export type StepName = Named<(typeof STEPS)[keyof typeof STEPS]>;
