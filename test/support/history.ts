import { inject } from 'vitest';
import type { temporal } from '@temporalio/proto';
import type { Run } from '../../src/client/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { PATIENT } from './patience.ts';

/** The events of a run, as Temporal recorded them. */
export async function eventsOf({
  workflowId,
  runId,
}: Pick<Run, 'workflowId' | 'runId'>): Promise<temporal.api.history.v1.IHistoryEvent[]> {
  const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  try {
    return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
  } finally {
    await connection.close();
  }
}
