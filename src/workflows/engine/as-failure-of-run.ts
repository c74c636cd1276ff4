import { runDetails } from '../../contract/wire.ts';
import { NOTHING_DONE, applicationFailure, asSaid, runFailure } from './failure.ts';

/**
 * The failure of a run that has done nothing itself, as callers see it: that of the run whose work it was, with what that
 * said, or that of an activity that refused or could not look, with the details that every failure has.
 */
export function asFailureOfRun(error: unknown): unknown {
  const failure = applicationFailure(error);
  if (!failure) return error;
  // An activity's own failure says only why; a run's says also what it leaves.
  if (!runDetails(failure))
    return runFailure({ error, cancelled: false, step: null, undoing: NOTHING_DONE, spared: [] });
  const { type, message, details } = failure;
  return asSaid({ type: type ?? 'Error', message, details: details ?? [] });
}

/** What a workflow without a lock does, ending with the same failure as every other. */
export async function orFailureOfRun<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asFailureOfRun(error);
  }
}
