import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { QUICK_HEARTBEAT_MS, quickProgram, type Program } from '../support/quick-program.ts';
import { soak } from './soak.ts';

/* A short stretch of what `npm run test:soak -- --runs N --seed S` does for hours. */

const STORIES = 8;

/** Whose workers' deaths are noticed after seconds. */
let quick: Program;
beforeAll(async () => {
  quick = await quickProgram();
});
afterAll(() => quick.remove());

test(
  'random lives of many nodes while workers die: OVH holds what the runs say',
  { timeout: 900_000 },
  async () => {
    const seed = inject('seed');
    const { problems, perHour, kills } = await soak({
      temporalAddress: inject('temporalAddress'),
      program: quick.main,
      runs: STORIES,
      seed,
      killEveryMs: 6_000,
      // A machine may be so slow that a worker lives no longer than it takes to begin.
      deaths: 12,
      stopMs: 1.2 * QUICK_HEARTBEAT_MS,
      log: () => undefined,
    });
    process.stdout.write(
      `soak: ${STORIES} stories from seed ${seed}, ${perHour} an hour, ${JSON.stringify(kills)}\n`,
    );
    expect(problems).toEqual([]);
  },
);
