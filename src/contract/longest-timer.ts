/** Node's timers count milliseconds in 31 bits, some 24 days: a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
