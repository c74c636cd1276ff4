import { WorkflowNotFoundError } from '@temporalio/client';
import { CodecKeyError } from './codec/codec-keys.ts';

/** Whether Temporal no longer knows what it is asked, or nobody has the key to that any more. */
export function isForgotten(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || error instanceof CodecKeyError;
}

/** What a run is asked; undefined where Temporal knows no such run, or no longer does. */
export async function unlessForgotten<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
