import { ServiceError, isGrpcServiceError, type Connection } from '@temporalio/client';

/** gRPC's `DEADLINE_EXCEEDED` and `UNAVAILABLE`. */
const SILENCE = new Set<number>([4, 14]);

/** Nothing answered, as gRPC says it. */
export function isSilence(error: unknown): boolean {
  return isGrpcServiceError(error) && SILENCE.has(error.code);
}

/**
 * Asks Temporal, for so long.
 *
 * @throws ServiceError when nothing answers: the SDK says so of all its calls but the one for a history
 */
export async function within<T>(
  connection: Pick<Connection, 'withDeadline'>,
  deadlineMs: number,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await connection.withDeadline(Date.now() + deadlineMs, call);
  } catch (error) {
    if (isSilence(error)) throw new ServiceError('Failed to read from Temporal', { cause: error as Error });
    throw error;
  }
}
