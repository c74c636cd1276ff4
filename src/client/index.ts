export { Mooring, type MooringOptions } from './mooring.ts';
export { Run } from './run.ts';
export { MooringError, NotRollingBack, NoWorker, RunEnded, StillRunning } from './errors.ts';
export { TemporalUnreachable } from '../temporal/temporal-unreachable.ts';
export type * from '../contract/index.ts';
