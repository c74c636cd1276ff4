import { expect, test, vi } from 'vitest';
import { PauseWatch } from '../../../src/activities/exactly-once/pause-watch.ts';

test('a wall clock that was wrong for a moment is a pause that has ended, not one without end', () => {
  const watch = new PauseWatch();
  expect(watch.sinceLastPause()).toBe(Number.POSITIVE_INFINITY);
  const wall = Date.now();
  const clock = vi.spyOn(Date, 'now').mockReturnValue(wall + 3_600_000);
  expect(watch.sinceLastPause()).toBeLessThan(1000);
  clock.mockRestore();
  const since = watch.sinceLastPause();
  expect(since).toBeGreaterThanOrEqual(0);
  expect(watch.sinceLastPause()).toBeGreaterThanOrEqual(since);
});
