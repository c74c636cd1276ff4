import type { Client } from '@temporalio/client';
import type { Run } from '../../src/client/index.ts';
import type { Fault, Simulator } from '../../src/simulator/index.ts';
import type { Stack, TestProject } from '../support/stack.ts';
import { rowOf } from './rows.ts';

/** When a cancel comes: at the edge of a step, or while OVH holds a call that the step makes. */
export type Moment = { step: string; edge: 'begun' | 'done' } | InsideCall;
interface InsideCall {
  fault: Fault;
}

type Hold = Omit<Fault, 'method' | 'path' | 'times' | 'after'>;

/** The call is on its way, and nothing has come of it yet. */
const unapplied = (holdMs: number): Hold => ({ kind: 'delay', delayMs: holdMs });
/** And of what changes something: it is done, and nobody says so; an error says so; it is done once nobody listens. */
const unanswered = (holdMs: number): Hold[] => [
  { kind: 'hang-after', delayMs: holdMs },
  { kind: 'status-after', status: 500 },
  { kind: 'late', delayMs: holdMs },
];

/** Inside every call, the first and the second time that it is made. */
export function insideCalls(calls: Record<string, number>, holdMs: number): InsideCall[] {
  return Object.entries(calls).flatMap(([call, often]) => {
    const row = rowOf(call);
    const holds = [unapplied(holdMs), ...(row.method === 'GET' ? [] : unanswered(holdMs))];
    return Array.from({ length: often }, (_, after) =>
      holds.map((hold) => ({ fault: { ...hold, ...row, after, times: 1 } })),
    ).flat();
  });
}

/** Where each step begins and ends. */
export function edges(steps: string[]): Moment[] {
  return steps.flatMap((step) => [
    { step, edge: 'begun' as const },
    { step, edge: 'done' as const },
  ]);
}

/** What it is, whichever time the call is made. */
export function kindOf(moment: Moment): string {
  if ('step' in moment) return `${moment.step} ${moment.edge}`;
  const { kind, method, path } = moment.fault;
  return `${kind} in ${method} ${path}`;
}

export function momentName(moment: Moment): string {
  if ('step' in moment) return kindOf(moment);
  return `${kindOf(moment)} (${(moment.fault.after ?? 0) + 1}.)`;
}

/** Whether a fault has met its request. However many ask, the simulator is asked every 10 ms at most. */
export function hasMet({ simulator }: Stack, project: TestProject, { method, path }: Fault): boolean {
  const cached = waiting.get(simulator);
  const now = performance.now();
  const fresh =
    cached && cached.until > now
      ? cached
      : {
          until: now + 10,
          faults: new Set(simulator.faults().map((fault) => `${fault.method} ${fault.path}`)),
        };
  waiting.set(simulator, fresh);
  return !fresh.faults.has(`${method} ${project.path}${path}`);
}

const waiting = new WeakMap<Simulator, { until: number; faults: Set<string> }>();

/** The steps of a run, sorted: those that go on side by side end in any order. */
export async function stepsOf(client: Client, run: Run): Promise<string[]> {
  const steps: string[] = [];
  for await (const { step, edge } of stepEdges(client, run)) if (edge === 'done') steps.push(step);
  return steps.toSorted();
}

/** Waits until a step has begun or ended. False: the run has ended without. */
export async function reachesEdge(
  client: Client,
  run: Run,
  wanted: { step: string; edge: 'begun' | 'done' },
): Promise<boolean> {
  for await (const { step, edge } of stepEdges(client, run))
    if (step === wanted.step && edge === wanted.edge) return true;
  return false;
}

/** Begins and ends of steps as they are written into history, until the run ends. */
async function* stepEdges(client: Client, { workflowId, runId }: Run) {
  const steps = new Map<string, string>();
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      waitNewEvent: true,
      ...(nextPageToken && { nextPageToken }),
    });
    for (const { eventId, ...event } of page.history?.events ?? []) {
      const begun = event.activityTaskScheduledEventAttributes;
      const done = event.activityTaskCompletedEventAttributes;
      if (begun) {
        steps.set(String(eventId), begun.activityId ?? '');
        yield { step: begun.activityId ?? '', edge: 'begun' as const };
      }
      if (done) yield { step: steps.get(String(done.scheduledEventId)) ?? '', edge: 'done' as const };
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
}
