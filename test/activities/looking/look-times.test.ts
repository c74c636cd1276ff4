import { expect, test } from 'vitest';
import { lookTimes, type Chance } from '../../../src/activities/looking/look-times.ts';
import { fc } from '../../support/properties.ts';

/** What a plan costs on average, summed over the chances: lateness, and so much for every look. */
function costOf(plan: number[], chances: Chance[], lookCostsMs: number): number {
  let cost = 0;
  for (const { ms, weight } of chances) {
    const looks = plan.findIndex((at) => at >= ms) + 1;
    cost += weight * ((plan[looks - 1] ?? Number.NaN) - ms + looks * lookCostsMs);
  }
  return cost;
}

/** Every plan that ends with the last chance. */
function allPlans(times: number[]): number[][] {
  const [last] = times.slice(-1);
  if (last === undefined) return [[]];
  const others = times.slice(0, -1);
  return Array.from({ length: 2 ** others.length }, (_, choice) => [
    ...others.filter((_, index) => (choice >> index) & 1),
    last,
  ]);
}

test('no other plan costs less', () => {
  const chance = fc.record({
    ms: fc.integer({ min: 1, max: 10_000 }),
    weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(chance, { minLength: 1, maxLength: 9, selector: ({ ms }) => ms }),
      fc.integer({ min: 1, max: 3000 }),
      (some, lookCostsMs) => {
        const chances = some.toSorted((a, b) => a.ms - b.ms);
        const plan = lookTimes(chances, lookCostsMs);
        const best = Math.min(
          ...allPlans(chances.map(({ ms }) => ms)).map((other) => costOf(other, chances, lookCostsMs)),
        );
        expect(costOf(plan, chances, lookCostsMs)).toBeCloseTo(best, 6);
      },
    ),
  );
});
