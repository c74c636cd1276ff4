import { MooringError, isMooringError } from '../contract/error.ts';
import { isFailureType, type FailureDetails, type FailureType } from '../contract/index.ts';

/** A run that failed, or a request that was refused before anything was started. */
export class OperationFailed extends MooringError {
  override readonly name = 'OperationFailed';
  /** Of a worker of a later version also a word that this version does not know. */
  declare readonly type: FailureType;
  /** What OVH said, what was undone and what is left; absent when nothing was started. */
  readonly details: FailureDetails | undefined;

  constructor(type: FailureType, message: string, details?: FailureDetails, options?: ErrorOptions) {
    super(type, message, options);
    this.details = details;
  }
}

/**
 * Whether a run failed or a request was refused and, where types are given, as one of these. As `isMooringError`, it
 * holds across copies of the package.
 */
export function isOperationFailed<Type extends FailureType = FailureType>(
  error: unknown,
  ...types: Type[]
): error is OperationFailed & { readonly type: Type } {
  return isMooringError(error, ...types) && (isFailureType(error.type) || error.name === 'OperationFailed');
}

/** The wait is over, the run is not: ask again, or come back later. */
export class StillRunning extends MooringError {
  override readonly name = 'StillRunning';

  constructor(message: string) {
    super('StillRunning', message);
  }
}

/** Somebody terminated the run, or Temporal timed it out: nothing was undone. Provisioning again heals it. */
export class RunEnded extends MooringError {
  override readonly name = 'RunEnded';

  constructor(message: string, options?: ErrorOptions) {
    super('RunEnded', message, options);
  }
}

/** Temporal remembers no run: there was none, or its retention is over. OVH may still hold what it made. */
export class RunUnknown extends MooringError {
  override readonly name = 'RunUnknown';

  constructor(message: string, options?: ErrorOptions) {
    super('RunUnknown', message, options);
  }
}

/** Only a rollback can be stopped, and none is under way. */
export class NotRollingBack extends MooringError {
  override readonly name = 'NotRollingBack';

  constructor(message: string) {
    super('NotRollingBack', message);
  }
}

/** Nobody works on the task queue, so the run waits. */
export class NoWorker extends MooringError {
  override readonly name = 'NoWorker';

  constructor(message: string) {
    super('NoWorker', message);
  }
}

/** `close` was called: what was pending ends with this, and so does whatever is asked afterwards. */
export class MooringClosed extends MooringError {
  override readonly name = 'MooringClosed';

  constructor() {
    super(
      'MooringClosed',
      'this Mooring has been closed; a run goes on, and another connection can watch it',
    );
  }
}
