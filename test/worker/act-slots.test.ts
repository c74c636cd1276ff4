import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivitySlotInfo } from '@temporalio/worker';
import { expect, test } from 'vitest';
import { actSlots, type Load } from '../../src/worker/act-slots.ts';
import type { MutateActivities } from '../../src/activities/index.ts';

const context = {
  slotType: 'activity',
  taskQueue: 'mooring',
  workerIdentity: 'one',
  workerBuildId: '',
  isSticky: false,
} as const;

function setUp() {
  const ovh: Load = { waiting: 0, perSecond: 10 };
  const others: Load[] = [];
  const slots = actSlots(() => [ovh, ...others]);
  /** As the SDK does: a place for the poll, and the task that comes to it. */
  const begin = (activityType: keyof MutateActivities) => {
    const slotInfo: ActivitySlotInfo = { type: 'activity', activityType };
    const permit = slots.tryReserveSlot(context);
    if (!permit) return undefined;
    slots.markSlotUsed({ permit, slotInfo });
    return { end: () => slots.releaseSlot({ permit, slotInfo }) };
  };
  const beginAll = (activityType: keyof MutateActivities) => {
    const begun = [];
    for (let act = begin(activityType); act; act = begin(activityType)) begun.push(act);
    return begun;
  };
  return { ovh, others, slots, begin, beginAll };
}

test('takes as many creates as can be sent within two seconds, and one more for each that ends', () => {
  const { begin, beginAll } = setUp();
  const begun = beginAll('createVolume');
  expect(begun).toHaveLength(20);
  begun[7]?.end();
  expect(begin('createInstance')).toBeDefined();
  expect(begin('createInstance')).toBeUndefined();
});

test.each(['attachVolume', 'reduceTo', 'startStep', 'stopStep'] as const)(
  '%s, which stays for what comes of it, holds up nothing until two hundred are there',
  (act) => {
    const { begin, beginAll } = setUp();
    expect(beginAll(act)).toHaveLength(200);
    expect(begin('createVolume')).toBeUndefined();
  },
);

test('takes nothing while enough wait for their turn with every key', () => {
  const { ovh, others, begin } = setUp();
  ovh.waiting = 20;
  expect(begin('attachVolume')).toBeUndefined();
  others.push({ waiting: 0, perSecond: 0.5 });
  expect(begin('attachVolume')).toBeDefined();
});

test('with a key that OVH lets send every other second one poll is out at a time', () => {
  const { ovh, slots } = setUp();
  ovh.perSecond = 0.5;
  const permit = slots.tryReserveSlot(context);
  expect(permit).not.toBeNull();
  expect(slots.tryReserveSlot(context)).toBeNull();
  if (permit) slots.releaseSlot({ permit });
  expect(slots.tryReserveSlot(context)).not.toBeNull();
});

test('a create that looks for a lost answer holds up the others for seconds only', async ({ expect }) => {
  const { begin, beginAll } = setUp();
  beginAll('createVolume');
  await expect.poll(() => begin('createVolume') !== undefined, { timeout: 20_000 }).toBe(true);
});

test('a poll goes out once there is a place for what it brings, and is given up at once', async () => {
  const { slots, ovh } = setUp();
  ovh.waiting = 20;
  const first = new AbortController();
  const givenUp = slots.reserveSlot(context, first.signal);
  first.abort();
  await expect(givenUp).rejects.toMatchObject({ name: 'AbortError' });
  const reserved = slots.reserveSlot(context, new AbortController().signal);
  expect(await Promise.race([reserved, sleep(200, 'waits')])).toBe('waits');
  ovh.waiting = 19;
  await expect(reserved).resolves.toBeDefined();
});
