import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pauseBeforeLook, UsualTimes, type Usual } from '../../src/activities/usual-times.ts';

/** Looks at something that is ready after so long. @returns How late that was noticed, and by how many looks. */
function lookAt(
  readyMs: number,
  usual: Usual | undefined,
): { lateMs: number; looks: number; seenMs: number } {
  let [at, before, looks] = [0, 0, 1];
  while (at < readyMs) {
    before = at;
    at += pauseBeforeLook(at, usual);
    looks += 1;
  }
  return { lateMs: at - readyMs, looks, seenMs: (before + at) / 2 };
}

test('what always takes the same time is noticed within a second, by few looks, once it was seen', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 600_000 }), (readyMs) => {
      const times = new UsualTimes();
      for (let turn = 0; turn < 8; turn += 1) times.learn('b3-8', lookAt(readyMs, times.of('b3-8')).seenMs);
      const { lateMs, looks } = lookAt(readyMs, times.of('b3-8'));
      expect(lateMs).toBeLessThanOrEqual(1000);
      expect(looks).toBeLessThanOrEqual(12 + readyMs / 10_000);
    }),
  );
});

test('a shift at OVH is followed, in either direction', () => {
  for (const [before, after] of [
    [33_000, 66_000],
    [66_000, 33_000],
  ] as const) {
    const times = new UsualTimes();
    for (let turn = 0; turn < 30; turn += 1) times.learn('b3-8', before);
    for (let turn = 0; turn < 30; turn += 1) times.learn('b3-8', lookAt(after, times.of('b3-8')).seenMs);
    expect(times.of('b3-8')?.median).toBeGreaterThan(after * 0.85);
    expect(times.of('b3-8')?.median).toBeLessThan(after * 1.15);
    expect(lookAt(after, times.of('b3-8')).lateMs).toBeLessThanOrEqual(1500);
  }
});

test('one that took an hour says nothing of the next', () => {
  const times = new UsualTimes();
  for (let turn = 0; turn < 20; turn += 1) times.learn('b3-8', 35_000);
  times.learn('b3-8', 3_600_000);
  expect(times.of('b3-8')).toEqual({ early: 35_000, median: 35_000, late: 35_000 });
  expect(times.of('b3-16')).toBeUndefined();
});

test('whatever is known, a look comes, not at once and not after more than 15 s', () => {
  const ms = fc.double({ min: 0, max: 1e8, noNaN: true });
  const usual = fc
    .tuple(ms, ms, ms)
    .map((all) => all.toSorted((a, b) => a - b) as [number, number, number])
    .map(([early, median, late]) => ({ early, median, late }));
  fc.assert(
    fc.property(ms, fc.option(usual, { nil: undefined }), (elapsedMs, known) => {
      const pause = pauseBeforeLook(elapsedMs, known);
      expect(pause).toBeGreaterThanOrEqual(250);
      expect(pause).toBeLessThanOrEqual(15_000);
    }),
  );
});

test('what nobody knows is noticed within two seconds on average, between 20 and 120 s', () => {
  const late = Array.from({ length: 1001 }, (_, index) => lookAt(20_000 + index * 100, undefined).lateMs);
  const mean = late.reduce((sum, ms) => sum + ms, 0) / late.length;
  expect(mean).toBeLessThanOrEqual(2050);
  expect(Math.max(...late)).toBeLessThanOrEqual(4000);
});
