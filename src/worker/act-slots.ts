import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker';
import type { MutateActivities } from '../activities/index.ts';

/** At most so many at once, for any key. */
const MOST = 200;
/** What could not be sent within this time is left to whoever can send it earlier. */
const WITHIN_S = 2;
const LOOK_AGAIN_MS = 50;
/** They are sent at once and stay for what comes of it, or go to a guest: OVH's limit is not what they wait for. */
const STAYING: ReadonlySet<string> = new Set<keyof MutateActivities>([
  'attachVolume',
  'reduceTo',
  'startStep',
  'stopStep',
]);

/** How many changes wait to be sent with a key, and how many requests a second it takes. */
export interface Load {
  waiting: number;
  perSecond: number;
}

/**
 * Takes what changes OVH from Temporal only as fast as it can be sent: so what waits for a key's limit waits in Temporal,
 * where it costs no heartbeat, where a worker's death does not touch it, and where another worker finds it. Which key the
 * next act needs nobody knows before it is taken: there is room while any has some.
 */
export function actSlots(loads: () => Iterable<Load>): CustomSlotSupplier<ActivitySlotInfo> {
  let taken = 0;
  /** Polls that are out, to which an act may come at any moment. */
  let polls = 0;
  /** When those were taken that may have to look before they are sent. */
  const begun = new Map<SlotPermit, number>();

  function isFree(): boolean {
    if (taken >= MOST) return false;
    const since = performance.now() - WITHIN_S * 1000;
    let coming = polls;
    for (const at of begun.values()) if (at > since) coming += 1;
    let [hasRoom, places] = [false, 0];
    for (const { waiting, perSecond } of loads()) {
      places += WITHIN_S * perSecond;
      hasRoom ||= waiting < WITHIN_S * perSecond;
      if (hasRoom && coming < Math.max(1, places)) return true;
    }
    return false;
  }

  function take(): SlotPermit {
    taken += 1;
    polls += 1;
    return {};
  }

  return {
    type: 'custom',
    async reserveSlot(_, signal) {
      while (!isFree()) {
        await sleep(LOOK_AGAIN_MS);
        signal.throwIfAborted();
      }
      return take();
    },
    tryReserveSlot: () => (isFree() ? take() : null),
    markSlotUsed({ permit, slotInfo }) {
      polls -= 1;
      if (!STAYING.has(slotInfo.activityType)) begun.set(permit, performance.now());
    },
    releaseSlot({ permit, slotInfo }) {
      taken -= 1;
      // Without it: nothing came to the poll.
      if (!slotInfo) polls -= 1;
      begun.delete(permit);
    },
  };
}
