import type { ServiceError } from '@temporalio/client';

/*
 * What Temporal's SDK throws, told by what it looks like: whoever reports an error does not load the SDK for that, which is
 * half of what a command would load. `instanceof` of the SDK's own goes by a mark as well, and not by the class.
 */

/** gRPC's `DEADLINE_EXCEEDED` and `UNAVAILABLE`. */
const SILENCE = new Set<number>([4, 14]);

interface GrpcError extends Error {
  code: number;
  /** What the server said; empty where it said nothing. */
  details: string;
}

/** Temporal went silent in the middle, or refused. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && error.name === 'ServiceError';
}

export function isGrpcError(error: unknown): error is GrpcError {
  return (
    error instanceof Error && 'metadata' in error && 'details' in error && typeof error.details === 'string'
  );
}

/** Nothing answered, as gRPC says it. */
export function isSilence(error: unknown): boolean {
  return isGrpcError(error) && SILENCE.has(error.code);
}
