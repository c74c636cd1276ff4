import { expect, test } from 'vitest';
import { pauseBeforeLook, UsualTimes, type Usual } from '../../../src/activities/looking/usual-times.ts';
import { fc } from '../../support/properties.ts';

const FIRST_MS = 20_000;

/** Looks at something that is ready after so long. @returns How late that was noticed, by how many looks, and what they saw. */
function lookAt(readyMs: number, usual: Usual | undefined, sharers = 1) {
  let at = 0;
  let pendingMs: number | undefined;
  for (let looks = 1; ; looks += 1) {
    at += pauseBeforeLook(at, { usual, firstMs: FIRST_MS, sharers });
    if (at >= readyMs) return { lateMs: at - readyMs, looks, seen: { pendingMs, readyMs: at } };
    pendingMs = at;
  }
}

function learned(times: UsualTimes, turns: number, readyMs: (turn: number) => number): void {
  for (let turn = 0; turn < turns; turn += 1)
    times.learn('b3-8', lookAt(readyMs(turn), times.of('b3-8')).seen);
}

test('what always takes the same time is noticed soon, by few looks, once it was seen', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2000, max: 600_000 }), (readyMs) => {
      const times = new UsualTimes();
      learned(times, 16, () => readyMs);
      const late = Array.from({ length: 8 }, () => {
        const { lateMs, looks, seen } = lookAt(readyMs, times.of('b3-8'));
        times.learn('b3-8', seen);
        expect(looks).toBeLessThanOrEqual(4 + readyMs / 20_000);
        return lateMs;
      });
      expect(Math.max(...late)).toBeLessThanOrEqual(600 + readyMs * 0.03);
    }),
  );
});

test('a shift at OVH is followed, in either direction', () => {
  for (const [before, after] of [
    [33_000, 66_000],
    [66_000, 33_000],
  ] as const) {
    const times = new UsualTimes();
    learned(times, 30, () => before);
    learned(times, 30, () => after);
    expect(times.of('b3-8')?.medianMs).toBeGreaterThan(after * 0.9);
    expect(times.of('b3-8')?.medianMs).toBeLessThan(after * 1.1);
    expect(lookAt(after, times.of('b3-8')).lateMs).toBeLessThanOrEqual(1500);
  }
});

test('one that took an hour says nothing of the next', () => {
  const times = new UsualTimes();
  learned(times, 20, () => 35_000);
  const { lateMs } = lookAt(35_000, times.of('b3-8'));
  times.learn('b3-8', { pendingMs: 3_590_000, readyMs: 3_600_000 });
  expect(times.of('b3-8')?.medianMs).toBeGreaterThan(34_000);
  expect(times.of('b3-8')?.medianMs).toBeLessThan(36_000);
  expect(lookAt(35_000, times.of('b3-8')).lateMs).toBeLessThanOrEqual(lateMs + 500);
  expect(times.of('b3-16')).toBeUndefined();
});

test('whatever is known, a look comes, not at once and not after more than 20 s', () => {
  const seen = fc.tuple(
    fc.double({ min: 0, max: 1e8, noNaN: true }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
  );
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e8, noNaN: true }),
      fc.array(seen, { maxLength: 5 }),
      fc.integer({ min: 1, max: 5000 }),
      (elapsedMs, all, sharers) => {
        const times = new UsualTimes();
        for (const [pendingMs, more] of all) times.learn('b3-8', { pendingMs, readyMs: pendingMs + more });
        const pause = pauseBeforeLook(elapsedMs, { usual: times.of('b3-8'), firstMs: FIRST_MS, sharers });
        expect(pause).toBeGreaterThanOrEqual(100);
        expect(pause).toBeLessThanOrEqual(20_000);
      },
    ),
    { numRuns: 300 },
  );
});

test('what nobody knows is noticed within two seconds on average, between 20 and 120 s', () => {
  const late = Array.from({ length: 1001 }, (_, index) => lookAt(20_000 + index * 100, undefined).lateMs);
  const mean = late.reduce((sum, ms) => sum + ms, 0) / late.length;
  expect(mean).toBeLessThanOrEqual(2000);
  expect(Math.max(...late)).toBeLessThanOrEqual(4000);
});

test('the more are answered by one look, the sooner it comes', () => {
  const meanLate = (sharers: number) => {
    const late = Array.from(
      { length: 500 },
      (_, index) => lookAt(20_000 + index * 200, undefined, sharers).lateMs,
    );
    return late.reduce((sum, ms) => sum + ms, 0) / late.length;
  };
  expect(meanLate(4)).toBeLessThanOrEqual(meanLate(1) * 0.6);
  expect(meanLate(100)).toBeLessThanOrEqual(meanLate(1) * 0.15);
});
