import { ServiceError, type Connection } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { isGrpcError } from './sdk-errors.ts';

/**
 * Asks Temporal, for so long.
 *
 * @throws ServiceError when nothing answers, or it refuses: the SDK says so of most of its calls, but not of those for a
 * history or a task queue, nor of a namespace that is not there
 */
export async function within<T>(
  connection: Pick<Connection, 'withDeadline'>,
  deadlineMs: number,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await connection.withDeadline(Date.now() + deadlineMs, call);
  } catch (error) {
    if (isGrpcError(error)) throw new ServiceError('Failed to read from Temporal', { cause: error });
    if (error instanceof NamespaceNotFoundError) throw new ServiceError(error.message, { cause: error });
    throw error;
  }
}
