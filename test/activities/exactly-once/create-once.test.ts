import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { Attempt } from '../../../src/activities/exactly-once/attempt.ts';
import { createOnce, type CreateMemory } from '../../../src/activities/exactly-once/create-once.ts';
import { PauseWatch } from '../../../src/activities/exactly-once/pause-watch.ts';
import { timing } from '../../../src/contract/timing.ts';
import { heartbeat, type Heartbeat } from '../../../src/contract/wire.ts';
import { fc } from '../../support/properties.ts';

/* What an attempt takes the one before it for, which has not said how it ended: its worker has died. */

const SETTLE_MS = 1000;
const ASKED = Date.UTC(2026, 0, 1);
const early = fc.integer({ min: -60_000, max: 60_000 });

/** Plays an attempt until its first look, in which its worker shuts down. @returns what it has told by then, and last. */
async function looks(told: Heartbeat<CreateMemory> | undefined, scheduled: number) {
  const over = new AbortController();
  let last: unknown;
  let carried: Partial<CreateMemory> = {};
  // As much of the SDK's as an attempt uses here.
  const context = {
    info: {
      attempt: (told?.attempt ?? 1) + 1,
      currentAttemptScheduledTimestampMs: scheduled,
      heartbeatDetails: told,
    },
    cancellationSignal: over.signal,
    heartbeat: (details: unknown) => (last = details),
  };
  await asyncLocalStorage.run(context as unknown as Context, async () => {
    const attempt = new Attempt<CreateMemory>(new PauseWatch());
    const creating = createOnce({
      kind: 'instance',
      name: 'web-1',
      attempt,
      settleMs: SETTLE_MS,
      deadline: Number.POSITIVE_INFINITY,
      lookedAt: undefined,
      async find() {
        // A beat goes out before the first look, so that a death in it is judged by what it says.
        carried = structuredClone(heartbeat<CreateMemory>(last)?.memory ?? {});
        over.abort();
        return { own: undefined, others: [] };
      },
      post: () => Promise.reject(new Error('it asks OVH, which it may not')),
      madeBy: () => Promise.resolve(undefined),
      isWorking: () => Promise.resolve(false),
    });
    await expect(creating).rejects.toMatchObject({ type: 'Interrupted' });
  });
  return { carried, end: heartbeat<CreateMemory>(last) };
}

test('a worker that dies before its attempt was to send anything makes nobody wait anew', async () => {
  await fc.assert(
    fc.asyncProperty(early, early, async (scheduledEarly, heardEarly) => {
      const sendsFrom = ASKED + 40_000;
      const memory = { unclearSince: ASKED, quietSince: sendsFrom - SETTLE_MS, sendsFrom };
      const scheduled = sendsFrom - scheduledEarly;
      const at = Math.min(scheduled, sendsFrom - heardEarly);
      const { carried, end } = await looks({ attempt: 1, at, memory, memoryOf: ASKED }, scheduled);
      // Of one that was heard of later than that, Temporal may have said that it still counts, and it may have sent.
      const isEarly = scheduledEarly > 0 || heardEarly > 2 * timing.heartbeatMs;
      const quietSince = isEarly ? Math.max(memory.quietSince, scheduled) : scheduled + timing.underWayMs;
      expect(end?.memory?.quietSince).toBeGreaterThanOrEqual(quietSince);
      expect(end?.memory?.quietSince).toBeLessThan(quietSince + 1000);
      // It says itself how long it sends nothing, and no longer once it has ended in order.
      expect(carried.sendsFrom).toBe((end?.memory?.quietSince ?? 0) + SETTLE_MS);
      expect(end?.memory).not.toHaveProperty('sendsFrom');
    }),
    { numRuns: 60 },
  );
});

test('one that has said nothing may have sent a request', async () => {
  const { end } = await looks(undefined, ASKED);
  expect(end?.memory?.quietSince).toBeGreaterThanOrEqual(ASKED + timing.underWayMs);
});
