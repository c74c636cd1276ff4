import { timingOf } from './timing-of.ts';

/** A dead worker is noticed after half a minute. */
export const timing = timingOf(30_000);
