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

type Named<Step> = Step extends (name: string) => infer Name ? Name : Step;
export type StepName = Named<(typeof STEPS)[keyof typeof STEPS]>;
