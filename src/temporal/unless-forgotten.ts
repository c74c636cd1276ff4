import { WorkflowNotFoundError } from '@temporalio/client';

/** What a run is asked; undefined where Temporal knows no such run, or no longer does. */
export async function unlessForgotten<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
