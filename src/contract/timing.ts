import { timingOf } from './timing-of.ts';

/** A dead worker's acts are another's after ten seconds. */
export const timing = timingOf(10_000);
