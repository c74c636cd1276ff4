import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { MutateActivities, ObserveActivities } from '../activities/index.ts';

/*
 * The three proxies, by patience. Nobody calls `proxyActivities` elsewhere: the SDK's real default cancellation
 * type (TRY_CANCEL) closes a workflow while its POST is still on the way, and leaks what the POST makes.
 */

const mutating = {
  startToCloseTimeout: '150s',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, // (rule 8)
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
} as const;

/** Acts that change OVH. A cancel waits for the act, so that what it made is known. */
export const mutate = proxyActivities<MutateActivities>(mutating);

/** What takes OVH longest is asked for first, where many nodes wait for their turn. */
export const mutateFirst = proxyActivities<Pick<MutateActivities, 'createInstance'>>({
  ...mutating,
  priority: { priorityKey: 1 },
});

/**
 * Looks, on a queue of their own so that ten thousand waits cannot starve a create. No schedule-to-close time-out:
 * dead workers or an expired key must not roll back a healthy node.
 */
export const observe = proxyActivities<ObserveActivities>({
  // Asked for at each act: this module is evaluated before there is a workflow.
  get taskQueue() {
    return `${workflowInfo().taskQueue}-observe`;
  },
  startToCloseTimeout: '60s',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** Deletes that go on until OVH says 404, however long OVH resists. Only ever called in a non-cancellable scope. */
export const undo = proxyActivities<Pick<MutateActivities, 'reduceTo'>>({
  startToCloseTimeout: '150s',
  heartbeatTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});
