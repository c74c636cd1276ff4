import { expect, inject, test } from 'vitest';
import { soak } from './soak.ts';

/* A short stretch of what `npm run test:soak -- --runs N --seed S` does for hours. */

const STORIES = 8;

test(
  'random lives of many nodes while workers die: OVH holds what the runs say',
  { timeout: 400_000 },
  async () => {
    const seed = inject('seed');
    const { problems, perHour, kills } = await soak({
      temporalAddress: inject('temporalAddress'),
      program: inject('programPath'),
      runs: STORIES,
      seed,
      killEveryMs: 8_000,
      log: () => undefined,
    });
    process.stdout.write(
      `soak: ${STORIES} stories from seed ${seed}, ${perHour} an hour, ${JSON.stringify(kills)}\n`,
    );
    expect(problems).toEqual([]);
  },
);
