import type { Bench } from '../support.ts';
import { coreSession } from './core.ts';

/** Together they do everything that the simulator serves once, each in a world of its own. */
export const sessions: ((bench: Bench) => Promise<void>)[] = [coreSession];
