import fc from 'fast-check';
import { inject } from 'vitest';

/* Every property of a run draws from one seed, which the run prints: MOORING_SEED repeats it. */
fc.configureGlobal({ seed: inject('seed') });

export { fc };
