import { expect, test } from 'vitest';
import { toFailure } from '../../src/activities/exactly-once/to-failure.ts';
import { Governor, Governors, type GovernorOptions, Ovh, type Priority } from '../../src/ovh/index.ts';
import { credentials, ENDPOINT, json, OvhServer } from './support/ovh-server.ts';
import { VirtualClock } from './support/virtual-clock.ts';
import { fc } from '../support/properties.ts';

interface Admission {
  priority: Priority;
  /** Which of its kind, in the order of asking. */
  index: number;
  at: number;
}

function setUp(options: GovernorOptions = {}) {
  const clock = new VirtualClock();
  const governor = new Governor({ clock, ...options });
  const admitted: Admission[] = [];
  const waiting: Record<Priority, number> = { mutate: 0, look: 0 };
  let index = 0;
  const ask = (priority: Priority, sharer?: string, isPatient = () => true) => {
    const mine = { priority, index: index++ };
    waiting[priority] += 1;
    void governor.acquire(priority, { sharer, isPatient }).then(() => {
      waiting[priority] -= 1;
      admitted.push({ ...mine, at: clock.now() });
    });
  };
  return { clock, governor, admitted, waiting, ask };
}

const priority = fc.constantFrom<Priority>('mutate', 'look');
const event = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ ask: priority, isPatient: fc.boolean(), times: fc.integer({ min: 1, max: 30 }) }),
  },
  { weight: 3, arbitrary: fc.record({ pass: fc.integer({ min: 0, max: 2_000 }) }) },
  { weight: 2, arbitrary: fc.record({ accept: fc.integer({ min: 1, max: 100 }) }) },
  fc.record({ refuse: fc.constant(true) }),
  fc.record({ pauseMs: fc.integer({ min: 0, max: 3_000 }) }),
);

/** Plays the events, then lets everybody through; `check` runs at each moment somebody may have been admitted. */
async function play(world: ReturnType<typeof setUp>, events: object[]): Promise<void> {
  for (const event of events) {
    if ('ask' in event && 'times' in event) {
      const isPatient = 'isPatient' in event && event.isPatient === true;
      for (let i = 0; i < Number(event.times); i++)
        world.ask(event.ask as Priority, undefined, () => isPatient);
    }
    if ('pass' in event) await world.clock.pass(Number(event.pass));
    if ('accept' in event) for (let i = 0; i < Number(event.accept); i++) world.governor.accepted();
    if ('refuse' in event) world.governor.refused();
    if ('pauseMs' in event) world.governor.pause(Number(event.pauseMs));
  }
  await world.clock.pass(10_000_000);
}

test('never admits more than ceiling and burst in any second, and everybody in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 30 }),
      fc.integer({ min: 1, max: 25 }),
      fc.integer({ min: 1, max: 5 }),
      async (events, ceiling, burst) => {
        const world = setUp({ ceiling, burst });
        await play(world, events);
        expect(world.waiting).toEqual({ mutate: 0, look: 0 });
        const times = world.admitted.map(({ at }) => at);
        for (const [first, start] of times.entries()) {
          const inOneSecond = times.slice(first).filter((at) => at < start + 1_000).length;
          expect(inOneSecond).toBeLessThanOrEqual(ceiling + burst);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('those who share a ceiling keep to it together, whatever their shares become', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 19 })), {
        maxLength: 10,
      }),
      async (changes) => {
        let first = 10;
        const one = setUp({ ceiling: 20, start: 20, burst: 1, shareOf: () => first });
        const other = new Governor({ clock: one.clock, start: 20, burst: 1, shareOf: (all) => all - first });
        const times: number[] = [];
        for (let i = 0; i < 300; i++) {
          one.ask('mutate');
          void other.acquire('mutate').then(() => times.push(one.clock.now()));
        }
        for (const [ms, share] of changes) {
          await one.clock.pass(ms);
          first = share;
        }
        await one.clock.pass(10_000_000);
        const all = [...one.admitted.map(({ at }) => at), ...times].toSorted((a, b) => a - b);
        expect(all).toHaveLength(600);
        for (const [index, start] of all.entries()) {
          const inOneSecond = all.slice(index).filter((at) => at < start + 1_000).length;
          // Whoever was about to send by its old share does, once.
          expect(inOneSecond).toBeLessThanOrEqual(20 + 2 + 2);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('a refusal halves what was sent, not what might have been', async () => {
  const { governor } = setUp({ ceiling: 20, start: 20, shareOf: () => 6 });
  governor.refused();
  expect(governor.requestsPerSecond).toBe(3);
});

test('demand is what was asked for since, and what still waits', async () => {
  const { clock, governor, ask } = setUp({ start: 1, burst: 1 });
  for (let i = 0; i < 30; i++) ask('look');
  await clock.pass(10_000);
  expect(governor.demand(10)).toBeCloseTo(3 + 1.9, 0);
  await clock.pass(100_000);
  expect([governor.demand(10), governor.demand(10)]).toEqual([0, 0]);
});

test('lets what changes OVH go before a look that has just come', async () => {
  const urgency: Priority[] = ['look', 'mutate'];
  await fc.assert(
    fc.asyncProperty(fc.array(priority, { minLength: 1, maxLength: 9 }), async (asked) => {
      const world = setUp({ burst: 1 });
      world.ask('look');
      await world.clock.pass(1); // spends the burst: from here on everybody waits
      for (const priority of asked) world.ask(priority);
      await world.clock.pass(60_000);
      const order = world.admitted.slice(1);
      expect(order).toHaveLength(asked.length);
      const expected = order.toSorted(
        (a, b) => urgency.indexOf(b.priority) - urgency.indexOf(a.priority) || a.index - b.index,
      );
      expect(order).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('lets a change that comes later overtake looks', async () => {
  const { clock, ask, admitted } = setUp({ burst: 1 });
  for (let i = 0; i < 10; i++) ask('look');
  await clock.pass(250);
  ask('mutate');
  await clock.pass(10_000);
  expect(admitted.findIndex(({ priority }) => priority === 'mutate')).toBe(3);
});

/** Five looks that wait, and forty changes that may go before them, ten a second. */
async function crowd() {
  const world = setUp({ burst: 1, start: 10, ceiling: 10 });
  world.ask('look');
  await world.clock.pass(1); // spends the burst
  for (let i = 0; i < 5; i++) world.ask('look');
  for (let i = 0; i < 40; i++) world.ask('mutate');
  return world;
}

test('a look that has been overtaken for two seconds goes after every third request', async () => {
  const { clock, admitted } = await crowd();
  await clock.pass(10_000);
  const looks = admitted.flatMap(({ priority }, index) => (priority === 'look' ? [index] : []));
  expect(looks).toEqual([0, 21, 25, 29, 33, 37]);
});

test('a look that holds a change back goes after two fifths of a second, also where it does so only later', async () => {
  const { clock, ask, admitted } = await crowd();
  let isPatient = true;
  const mine = 46;
  ask('look', undefined, () => isPatient);
  await clock.pass(1000);
  const admissionOf = () => admitted.findIndex(({ index }) => index === mine);
  expect(admissionOf()).toBe(-1);
  isPatient = false;
  await clock.pass(100);
  expect(admissionOf()).toBe(11);
});

test('a look that holds a change back does not wait for a hundred that do not, nor a patient one for those', async () => {
  const { clock, ask, admitted } = setUp({ burst: 1, start: 20, ceiling: 20 });
  for (let i = 0; i < 100; i++) ask('look');
  for (let i = 0; i < 1000; i++) ask('mutate');
  await clock.pass(5000);
  ask('look', undefined, () => false);
  await clock.pass(600);
  expect(admitted.some(({ index }) => index === 1100)).toBe(true);

  const other = setUp({ burst: 1, start: 20, ceiling: 20 });
  for (let i = 0; i < 100; i++) other.ask('look', undefined, () => false);
  other.ask('look');
  for (let second = 0; second < 3; second++) {
    for (let i = 0; i < 40; i++) other.ask('look', undefined, () => false);
    await other.clock.pass(1000);
  }
  expect(other.admitted.some(({ index }) => index === 100)).toBe(true);
});

test('those who share a consumer key take turns, each with their own in order', async () => {
  const sharer = fc.constantFrom('web-1', 'web-2', 'web-3');
  await fc.assert(
    fc.asyncProperty(fc.array(sharer, { maxLength: 40 }), async (asked) => {
      const { clock, governor, ask } = setUp({ burst: 1 });
      ask('mutate');
      await clock.pass(1); // spends the burst: from here on everybody waits
      const admitted: { sharer: string; index: number }[] = [];
      for (const [index, sharer] of asked.entries())
        void governor.acquire('mutate', { sharer }).then(() => admitted.push({ sharer, index }));
      await clock.pass(60_000);
      expect(admitted).toHaveLength(asked.length);
      const left = new Map<string, number>();
      for (const one of asked) left.set(one, (left.get(one) ?? 0) + 1);
      const served = new Map<string, number>([...left.keys()].map((one) => [one, 0]));
      const last = new Map<string, number>();
      for (const { sharer, index } of admitted) {
        expect(index).toBeGreaterThan(last.get(sharer) ?? -1);
        last.set(sharer, index);
        served.set(sharer, (served.get(sharer) ?? 0) + 1);
        // Nobody who still has something to send is behind by more than this one turn.
        for (const [one, count] of served)
          if (count < (left.get(one) ?? 0)) expect(served.get(sharer)).toBeLessThanOrEqual(count + 1);
      }
    }),
  );
});

/** @returns How many seconds of as many successes as are admitted it takes to the ceiling. */
async function secondsToCeiling({ clock, governor }: ReturnType<typeof setUp>): Promise<number> {
  let seconds = 0;
  for (; governor.requestsPerSecond < 20; seconds++) {
    for (let i = 0; i < Math.floor(governor.requestsPerSecond); i++) governor.accepted();
    await clock.pass(1_000);
  }
  governor.accepted();
  expect(governor.requestsPerSecond).toBe(20);
  return seconds;
}

test('starts at 10 a second, and has found its ceiling of 20 within a few seconds if all goes well', async () => {
  const world = setUp();
  expect(world.governor.requestsPerSecond).toBe(10);
  expect(await secondsToCeiling(world)).toBeLessThanOrEqual(5);
});

test('once OVH has refused it grows by about one a second each second', async () => {
  const world = setUp();
  await secondsToCeiling(world);
  world.governor.refused();
  expect(world.governor.requestsPerSecond).toBe(10);
  const seconds = await secondsToCeiling(world);
  expect(seconds).toBeGreaterThanOrEqual(8);
  expect(seconds).toBeLessThanOrEqual(15);
});

test('halves once for the refusals of one moment, and never stops entirely', async () => {
  const { clock, governor, ask, admitted } = setUp();
  for (let i = 0; i < 20; i++) governor.refused();
  expect(governor.requestsPerSecond).toBe(5);
  for (let i = 0; i < 20; i++) {
    await clock.pass(1_000);
    governor.refused();
  }
  expect(governor.requestsPerSecond).toBeGreaterThan(0);
  for (let i = 0; i < 5; i++) ask('look');
  await clock.pass(10_000);
  expect(admitted).toHaveLength(5);
});

test('takes a storm of resets for a refusal, not single ones', async () => {
  const { clock, governor } = setUp();
  for (let i = 0; i < 5; i++) {
    governor.broken();
    await clock.pass(4_000);
  }
  expect(governor.requestsPerSecond).toBe(10);
  for (let i = 0; i < 3; i++) governor.broken();
  expect(governor.requestsPerSecond).toBe(5);
});

test('those who call with one consumer key share a governor, others do not', () => {
  const governors = new Governors();
  const other = { ...credentials, consumerKey: 'another' };
  expect(governors.of(ENDPOINT, credentials)).toBe(governors.of(ENDPOINT, { ...credentials }));
  expect(governors.of(ENDPOINT, credentials)).not.toBe(governors.of(ENDPOINT, other));
  expect(governors.of(ENDPOINT, { clientId: 'a', clientSecret: 'b' })).not.toBe(
    governors.of(ENDPOINT, { clientId: 'c', clientSecret: 'b' }),
  );
});

test('an abandoned look leaves the queue and costs nothing', async () => {
  const { clock, governor, ask, admitted } = setUp({ burst: 1 });
  ask('look');
  const controller = new AbortController();
  const abandoned = governor.acquire('look', { signal: controller.signal });
  ask('look');
  const reason = new Error('cancelled');
  controller.abort(reason);
  await expect(abandoned).rejects.toBe(reason);
  await clock.pass(110);
  expect(admitted).toHaveLength(2);
});

test.each([
  [429, { 'retry-after': '7' }],
  [503, { 'retry-after': '7' }],
])('waits as long as OVH says with %i', async (status, headers) => {
  const clock = new VirtualClock();
  const server = new OvhServer((_seen, count) =>
    count === 1 ? json({ message: 'slow down' }, { status, headers }) : json([]),
  );
  const governor = new Governor({ clock });
  const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch, clock, governor });
  await expect(ovh.projects.list()).rejects.toMatchObject({ retryAfterMs: 7_000 });
  const next = ovh.projects.list();
  await clock.pass(6_999);
  expect(server.calls).toHaveLength(1);
  await clock.pass(1);
  await next;
  expect(governor.requestsPerSecond).toBeLessThan(status === 429 ? 6 : 11);
});

test.each(['3600', '99999999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
  'heeds Retry-After: %s for a minute',
  async (retryAfter) => {
    const clock = new VirtualClock();
    const server = new OvhServer((_seen, count) =>
      count === 1
        ? json({ message: 'later' }, { status: 503, headers: { 'retry-after': retryAfter } })
        : json([]),
    );
    const governor = new Governor({ clock });
    const ovh = new Ovh({ endpoint: ENDPOINT, credentials, fetch: server.fetch, clock, governor });
    const refused: unknown = await ovh.projects.list().catch((error: unknown) => error);
    expect(toFailure(refused, false)).toMatchObject({ nextRetryDelay: 60_000 });
    expect(governor.state.pauseMs).toBe(60_000);
    const next = ovh.projects.list();
    await clock.pass(60_000);
    await expect(next).resolves.toEqual([]);
  },
);

test.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('a pause of %s is none', async (ms) => {
  const { clock, governor, ask, admitted } = setUp();
  governor.pause(ms);
  expect(governor.state.pauseMs).toBe(0);
  ask('look');
  await clock.pass(1);
  expect(admitted).toHaveLength(1);
});
