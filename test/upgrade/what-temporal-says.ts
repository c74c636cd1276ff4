import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** How many runs are open, and how many of them Temporal reports problems of. */
export async function openRuns({ workflow }: Client): Promise<{ open: number; inTrouble: number }> {
  const [open, inTrouble] = await Promise.all([
    workflow.count("ExecutionStatus = 'Running'"),
    workflow.count('TemporalReportedProblems IS NOT NULL'),
  ]);
  return { open: open.count, inTrouble: inTrouble.count };
}

export async function terminateOpen({ workflow }: Client): Promise<void> {
  for await (const { workflowId } of workflow.list({ query: "ExecutionStatus = 'Running'" }))
    await workflow
      .getHandle(workflowId)
      .terminate()
      .catch(() => undefined);
}

/** From every history: tasks that failed because the code did not fit, and the runs that workers of both builds carried. */
export async function readHistories(
  { workflow }: Client,
  isEarlier: (pid: number) => boolean,
): Promise<{ runs: number; carriedByBoth: number; failedTasks: string[] }> {
  const failedTasks: string[] = [];
  let [runs, carriedByBoth] = [0, 0];
  for await (const { workflowId, history } of workflow.list().intoHistories({ concurrency: 10 })) {
    const builds = new Set<boolean>();
    for (const event of (history as temporal.api.history.v1.IHistory).events ?? []) {
      const { workflowTaskCompletedEventAttributes: done, workflowTaskFailedEventAttributes: failed } = event;
      if (done) builds.add(isEarlier(Number(done.identity?.split('@')[0])));
      if (failed) failedTasks.push(`${workflowId}: ${failed.failure?.message}`);
    }
    runs += 1;
    if (builds.size === 2) carriedByBoth += 1;
  }
  return { runs, carriedByBoth, failedTasks };
}
