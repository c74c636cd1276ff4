import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { createGuestBench, run } from './support.ts';

test('two hundred guests listen at once, each with a key of its own, and cost little', async () => {
  const bench = createGuestBench();
  await run(await bench.boot(), 'true');
  const before = process.memoryUsage().rss;
  const began = performance.now();
  await Promise.all(Array.from({ length: 200 }, () => bench.make()));
  const views = await until(
    () => bench.guests.views(),
    (seen) => seen.length === 201 && seen.every(({ isListening }) => isListening),
  );
  const took = performance.now() - began;
  const mebibytes = (process.memoryUsage().rss - before) / 2 ** 20;
  console.log(`200 guests: ${mebibytes.toFixed(1)} MiB more, up in ${(took / 1000).toFixed(1)} s`);
  expect(new Set(views.map(({ addresses }) => addresses[0])).size).toBe(201);
  expect(new Set(views.map(({ hostKeys }) => hostKeys[0])).size).toBe(201);
  expect(await run(views[200]!, 'echo here')).toMatchObject({ out: 'here\n' });
  await bench.simulator.stop();
});
