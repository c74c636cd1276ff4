export { Mooring, type FromOptions, type MooringOptions, type StartOptions } from './mooring.ts';
export { Run, type WatchOptions } from './run.ts';
export { dataConverter } from './data-converter.ts';
export { parseNodeSpec } from './parse.ts';
export {
  isOperationFailed,
  MooringClosed,
  NotRollingBack,
  NoWorker,
  OperationFailed,
  RunEnded,
  RunUnknown,
  StillRunning,
} from './errors.ts';
export { isMooringError, MooringError } from '../contract/error.ts';
export { CodecKeyError } from '../temporal/codec/codec-keys.ts';
export { TemporalUnreachable } from '../temporal/temporal-unreachable.ts';
/** Temporal's own: it went silent in the middle, or refused. */
export { ServiceError } from '@temporalio/client';
export * from '../entries/contract.ts';
