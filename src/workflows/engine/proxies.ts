import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { MutateActivities, ObserveActivities } from '../../activities/index.ts';
import { timing } from '../../contract/timing.ts';

/*
 * The three proxies, by patience. Nobody calls `proxyActivities` elsewhere: the SDK's real default cancellation
 * type (TRY_CANCEL) closes a workflow while its POST is still on the way, and leaks what the POST makes.
 */

const { retryMs: initialInterval, longestRetryMs, longestUndoRetryMs } = timing;

const mutating = {
  startToCloseTimeout: timing.actMs,
  heartbeatTimeout: timing.heartbeatMs,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, // (rule 8)
  retry: { initialInterval, backoffCoefficient: 2, maximumInterval: longestRetryMs },
} as const;

/** Acts that change OVH. A cancel waits for the act, so that what it made is known. */
export const mutate = proxyActivities<MutateActivities>(mutating);

/** What takes OVH longest is asked for first, where many nodes wait for their turn. */
export const mutateFirst = proxyActivities<Pick<MutateActivities, 'createInstance'>>({
  ...mutating,
  priority: { priorityKey: 1 },
});

const looking = {
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval, backoffCoefficient: 2, maximumInterval: longestRetryMs },
} as const;

/**
 * Looks, on a queue of their own so that ten thousand waits cannot starve a create. No schedule-to-close time-out:
 * dead workers or an expired key must not roll back a healthy node.
 */
export const observe = proxyActivities<Omit<ObserveActivities, Waits | 'ownStanding'>>({
  ...looking,
  // Asked for at each act: this module is evaluated before there is a workflow.
  get taskQueue() {
    return lookingQueue();
  },
  startToCloseTimeout: timing.lookMs,
});

/** The last look of a run that ends soon, whether OVH lets it see what stands or not. */
export const lastLook = proxyActivities<Pick<ObserveActivities, 'ownStanding'>>({
  ...looking,
  get taskQueue() {
    return lookingQueue();
  },
  startToCloseTimeout: timing.lookMs,
  scheduleToCloseTimeout: timing.leftMs,
});

/** Looks that take as long as it takes, and say with each heartbeat what they wait for (decision 21). */
export const wait = proxyActivities<Pick<ObserveActivities, Waits>>({
  ...looking,
  get taskQueue() {
    return lookingQueue();
  },
  startToCloseTimeout: timing.waitMs,
  heartbeatTimeout: timing.silentMs,
});

const lookingQueue = () => `${workflowInfo().taskQueue}-observe`;

type Waits =
  | 'awaitInstance'
  | 'awaitVolume'
  | 'awaitAttached'
  | 'awaitFloatingIp'
  | 'awaitGuest'
  | 'awaitStep'
  | 'awaitRun'
  | 'awaitClosed'
  | 'survey';

/** Deletes that go on until OVH says 404, however long OVH resists. Only ever called in a non-cancellable scope. */
export const undo = proxyActivities<Pick<MutateActivities, 'reduceTo'>>({
  startToCloseTimeout: timing.actMs,
  heartbeatTimeout: timing.heartbeatMs,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval, backoffCoefficient: 2, maximumInterval: longestUndoRetryMs },
});
