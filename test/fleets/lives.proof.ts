import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { isProof } from '../support/proof.ts';
import { fleetLife } from './life.ts';
import { LongStack } from './long-stack.ts';

/* Fleets of several runs, to which anything is done at any moment: OVH holds what was there before, and what is said. */

const LIVES = 24;
const seed = inject('seed');

let on: LongStack;
beforeAll(async () => {
  on = await LongStack.start();
});
afterAll(() => on.stop());

test.runIf(isProof).concurrent.each(Array.from({ length: LIVES }, (_, index) => seed + index))(
  'the life of a fleet from seed %s',
  async (each) => {
    expect(await fleetLife(on, each)).toEqual([]);
  },
);
