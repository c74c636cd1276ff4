import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { STEPS, aboutOf, fleetFromWorkflowId, stepBegun } from '../contract/index.ts';
import type { Progress, ProgressStep, RunStatus } from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import { heartbeat, isOfType, stepDetails, waitDetails, type Waiting } from '../contract/wire.ts';
import { decodePayload, failureMessage, withDetails, type WireFailure } from '../temporal/codec/decode.ts';
import { isOpen } from '../temporal/is-open.ts';
import { lastOfChain } from '../temporal/last-of-chain.ts';
import { msOf, type HistoryEvent } from '../temporal/recorded.ts';
import { readUndo, type PendingActivity } from './undo-progress.ts';

/** What a fleet has last told of itself. Whoever looks again and again hands in the same one. */
export interface FleetMemory {
  runId?: string;
  historyLength?: number;
  /** Milliseconds of the clock that never goes back. */
  askedAt?: number;
  told?: Progress | undefined;
}

/**
 * How far a run is: what is done from its history, what goes on and why it waits from `describe`. Neither costs a
 * Temporal action, and both answer while no worker does. Only a fleet has to be asked itself.
 */
export async function readProgress(
  client: Client,
  workflowId: string,
  runId?: string,
  fleet: FleetMemory = {},
): Promise<Progress> {
  if (fleetFromWorkflowId(workflowId)) return readFleetProgress(client, workflowId, runId, fleet);
  const handle = client.workflow.getHandle(workflowId, runId);
  const description = await handle.describe();
  // Read afterwards, so that the history of a run that is described as closed has the end of its last step.
  const { events } = await handle.fetchHistory();
  const steps = await stepsOf(client, events ?? []);
  const pending = description.raw.pendingActivities ?? [];
  await addPending(client, steps, pending);
  const undo = await readUndo(client, events ?? [], pending);
  const child = childOf(events ?? []);
  const below = child && (await readProgress(client, child.workflowId, child.runId, fleet));
  return {
    apiVersion: 'mooring/v1',
    workflowId,
    runId: description.runId,
    type: description.type,
    status: statusOf(description),
    startedAt: description.startTime.toISOString(),
    elapsedMs: (description.closeTime ?? new Date()).getTime() - description.startTime.getTime(),
    steps: [...steps.values(), ...(below?.steps ?? [])],
    fleet: below?.fleet ?? null,
    undo: undo ?? below?.undo ?? null,
  };
}

/** To ask a run costs a Temporal action: however often somebody looks, it is asked no more often than this. */
const ASK_EVERY_MS = 2000;

/** A fleet's history has thousands of events, so the run itself is asked. Without a worker only how many nodes are under way is known. */
async function readFleetProgress(
  client: Client,
  workflowId: string,
  runId: string | undefined,
  memory: FleetMemory,
): Promise<Progress> {
  const known = memory.runId ?? runId;
  const description = await (known === undefined
    ? client.workflow.getHandle(workflowId).describe()
    : lastOfChain(client, workflowId, known));
  const { type, startTime, closeTime } = description;
  const asked = await askFleet(client, description, memory);
  const children = description.raw.pendingChildren?.length ?? 0;
  const unknown: ProgressStep = {
    ...stepBegun(STEPS.nodes, startTime.toISOString(), null),
    message: `${children} nodes are under way; no worker has said more within ${timing.queryMs / 1000} s`,
  };
  // Of the first run, where this one continues it.
  const startedAt = asked?.startedAt ?? startTime.toISOString();
  return {
    apiVersion: 'mooring/v1',
    workflowId,
    runId: description.runId,
    type,
    status: statusOf(description),
    startedAt,
    elapsedMs: (closeTime ?? new Date()).getTime() - Date.parse(startedAt),
    steps: asked?.steps ?? (closeTime ? [] : [unknown]),
    fleet: asked?.fleet ?? null,
    undo: null,
  };
}

/** What the fleet says of itself, from memory while its history has not grown and while it was asked just now. */
async function askFleet(
  client: Client,
  { workflowId, runId, historyLength, closeTime }: WorkflowExecutionDescription,
  memory: FleetMemory,
): Promise<Progress | undefined> {
  const isKnown =
    memory.told !== undefined && memory.runId === runId && memory.historyLength === historyLength;
  const isFresh = memory.runId === runId && performance.now() - (memory.askedAt ?? -Infinity) < ASK_EVERY_MS;
  if (isKnown || (isFresh && !closeTime)) return memory.told;
  const askedAt = performance.now();
  const told = await client.connection
    .withDeadline(Date.now() + timing.queryMs, () =>
      client.workflow.getHandle(workflowId, runId).query<Progress>('progressQuery'),
    )
    .catch(() => undefined);
  Object.assign(memory, { runId, historyLength, askedAt, told });
  return told;
}

async function stepsOf(client: Client, events: HistoryEvent[]): Promise<Map<string, ProgressStep>> {
  const byEvent = new Map<string, ProgressStep>();
  const end = (
    scheduled: unknown,
    event: HistoryEvent,
    state: ProgressStep['state'],
    told: Partial<ProgressStep> = {},
  ) => {
    const step = byEvent.get(String(scheduled));
    if (!step) return;
    const tookMs = msOf(event.eventTime) - Date.parse(step.startedAt);
    Object.assign(step, { state, tookMs, ...told });
  };
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const about = event.userMetadata?.summary;
      const startedAt = new Date(msOf(event.eventTime)).toISOString();
      const name = scheduled.activityId ?? '';
      const subject = about ? aboutOf(name, String(await decodePayload(client, about))) : null;
      byEvent.set(String(event.eventId), stepBegun(name, startedAt, subject));
    }
    const started = event.activityTaskStartedEventAttributes;
    const step = started && byEvent.get(String(started.scheduledEventId));
    if (step) step.attempt = started.attempt ?? 1;
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) end(completed.scheduledEventId, event, 'done');
    // A look that was cancelled runs on for a while and sees our own undo: what it says then is no news.
    const asked = event.activityTaskCancelRequestedEventAttributes;
    if (asked) end(asked.scheduledEventId, event, 'cancelled');
    const failed = event.activityTaskFailedEventAttributes;
    if (failed && byEvent.get(String(failed.scheduledEventId))?.state !== 'cancelled')
      end(failed.scheduledEventId, event, 'failed', await toldBy(client, failed.failure));
    const timedOut = event.activityTaskTimedOutEventAttributes;
    if (timedOut)
      end(timedOut.scheduledEventId, event, 'failed', { message: 'no worker finished it in time' });
    const cancelled = event.activityTaskCanceledEventAttributes;
    if (cancelled) end(cancelled.scheduledEventId, event, 'cancelled');
  }
  return new Map([...byEvent.values()].map((step) => [step.step, step]));
}

/** Retries are not in history: only `describe` knows which attempt runs, and what the last one said. */
async function addPending(
  client: Client,
  steps: Map<string, ProgressStep>,
  pending: PendingActivity[],
): Promise<void> {
  for (const activity of pending) {
    const { activityId, attempt, lastFailure, lastStartedTime } = activity;
    const step = steps.get(activityId ?? '');
    if (!step || step.tookMs !== null) continue;
    step.attempt = attempt ?? 1;
    const waits = await waitOf(client, activity);
    Object.assign(step, waits ?? (await toldBy(client, lastFailure)));
    if (waits) step.state = 'waiting';
    else if (lastFailure)
      step.state = isOfType(lastFailure.applicationFailureInfo, 'NotReady') ? 'waiting' : 'retrying';
    else step.state = lastStartedTime ? 'running' : 'scheduled';
  }
}

/** What the attempt that runs now has said of what it waits for. */
async function waitOf(
  client: Client,
  { attempt, heartbeatDetails }: PendingActivity,
): Promise<Waiting | undefined> {
  const beat = heartbeat(await decodePayload(client, heartbeatDetails?.payloads?.[0]));
  return beat?.attempt === attempt ? beat?.waits : undefined;
}

/** Why a step waits, retries or has failed: the sentence for people, and what programs ask for. */
async function toldBy(
  client: Client,
  failure: WireFailure | null | undefined,
): Promise<Partial<ProgressStep>> {
  const said = await withDetails(client, failure);
  const { ovhStatus = null, expectedMs = null } = waitDetails(said) ?? {};
  const queryId = stepDetails(said)?.cause.queryId ?? null;
  return { message: await failureMessage(client, failure), ovhStatus, expectedMs, queryId };
}

/** A request under an id of its own does its work in a child under the node's id. */
function childOf(events: HistoryEvent[]): { workflowId: string; runId: string } | undefined {
  const execution = events
    .map((event) => event.childWorkflowExecutionStartedEventAttributes?.workflowExecution)
    .findLast((candidate) => candidate?.workflowId);
  return execution ? { workflowId: execution.workflowId ?? '', runId: execution.runId ?? '' } : undefined;
}

function statusOf(run: WorkflowExecutionDescription): RunStatus {
  const { status } = run;
  if (status.name === 'COMPLETED') return 'completed';
  if (isOpen(run)) return 'running';
  return status.name === 'FAILED' || status.name === 'CANCELLED' ? 'failed' : 'terminated';
}
