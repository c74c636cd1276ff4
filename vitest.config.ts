import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { FILES } from './test/support/proof.ts';
import { PATIENCE_MS, TEST_MS } from './test/support/patience.ts';

export default defineConfig({
  test: {
    include: FILES,
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // One process takes file after file: for most of them loading the product costs more than what they test. A file leaves
    // nothing behind: no worker, no variable of the environment, no listener.
    isolate: false,
    // Tests wait for OVH's times and Temporal's more than they compute.
    // A container may have fewer processors than its machine shows.
    maxWorkers: Math.min(12, Math.max(4, 4 * availableParallelism())),
    // More at once only wait for one another, and a server that starts a hundred runs in one second answers nobody in time.
    maxConcurrency: 9,
    // A file lives for seconds: what V8 optimizes early is hardly used any more (a tenth less of processor time).
    execArgv: ['--interrupt-budget=1000000'],
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/slowest-files.ts'],
    testTimeout: TEST_MS,
    hookTimeout: TEST_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
  },
});
