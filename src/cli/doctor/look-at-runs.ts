import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { isOfType } from '../../contract/wire.ts';
import type { ClientConnection } from '../../temporal/connect.ts';
import { failureMessage } from '../../temporal/codec/decode.ts';
import { look, type Finding } from './finding.ts';

/** The newest open runs say enough: workers that disagree meet in any of them. */
const RUNS = 200;
const AT_ONCE = 20;
const SHOWN = 3;

/** Open runs whose steps go back and forth, because two workers of the queue know one alias differently. */
export async function lookAtRuns({ client }: ClientConnection, taskQueue: string): Promise<Finding> {
  return look('open runs', 'ask again', async () => {
    const runs = await openRuns(client, taskQueue);
    const stuck: string[] = [];
    for (let at = 0; at < runs.length; at += AT_ONCE) {
      const some = runs.slice(at, at + AT_ONCE).map((run) => refusal(client, run));
      stuck.push(...(await Promise.all(some)).filter((sentence) => sentence !== undefined));
    }
    const count = runs.length < RUNS ? `${runs.length}` : `the newest ${RUNS}`;
    if (stuck.length === 0)
      return { state: 'ok', says: `${count}, none at a worker that knows another project` };
    const shown = stuck.slice(0, SHOWN).join('; ');
    const says = `${stuck.length} of ${count} met a worker that knows another project: ${shown}`;
    return { state: 'failed', says, exitCode: 2 };
  });
}

async function openRuns(client: Client, taskQueue: string): Promise<WorkflowExecutionInfo[]> {
  const query = `ExecutionStatus = "Running" AND TaskQueue = ${JSON.stringify(taskQueue)}`;
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query, pageSize: RUNS })) {
    runs.push(run);
    if (runs.length === RUNS) break;
  }
  return runs;
}

/** What the worker said that gave a step back, and who had begun the run. */
async function refusal(
  client: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
): Promise<string | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { raw } = await handle.describe();
  const refused = raw.pendingActivities?.find(({ lastFailure }) =>
    isOfType(lastFailure?.applicationFailureInfo, 'WrongWorker'),
  );
  if (!refused) return undefined;
  const { events } = await handle.fetchHistory();
  const first = events?.find((event) => event.activityTaskStartedEventAttributes);
  const begun = first?.activityTaskStartedEventAttributes?.identity;
  const said = (await failureMessage(client, refused.lastFailure)) ?? 'it did not say which';
  return `${workflowId}${begun ? ` (begun by worker ${begun})` : ''}: ${said}`;
}
