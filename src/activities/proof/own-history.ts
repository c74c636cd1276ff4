import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type {
  Baseline,
  FloatingIpBefore,
  FloatingIpsFound,
  Found,
  ServerTime,
} from '../../contract/index.ts';
import { required } from '../../contract/required.ts';
import { answersIn, msOf, type Answer, type HistoryEvent } from '../../temporal/recorded.ts';

/**
 * Whether this very run has seen a thing as its node's own: OVH answered it to one of the run's POSTs (`made`), or the
 * baseline saw it (`spared`). Only asked where a thing has no name that says it, because somebody renamed it or because it
 * is a floating IP: what an activity is sent proves nothing, what Temporal has written down does.
 */
export async function inOwnHistory(temporal: Client, id: string): Promise<'made' | 'spared' | undefined> {
  for await (const record of answersIn(temporal, await ownEvents(temporal), TELLING)) {
    if (record.activity === 'beginning' && isIn(record.answer.baseline, id)) return 'spared';
    if (madeIn(record).includes(id)) return 'made';
  }
  return undefined;
}

/** What the baseline of this very run has seen of a floating IP. */
export async function floatingIpBefore(temporal: Client, id: string): Promise<FloatingIpBefore | undefined> {
  for await (const { answer } of answersIn(temporal, await ownEvents(temporal), ['beginning'])) {
    const seen = answer.baseline.floatingIps?.find((each) => each.id === id);
    if (seen) return seen;
  }
  return undefined;
}

/** What this very run has found that nobody wants, by the proof that a reap needs. */
export async function leftOverBefore(temporal: Client, id: string): Promise<Found | undefined> {
  for await (const { answer } of answersIn(temporal, await ownEvents(temporal), ['surveyNode'])) {
    const seen = answer.leftOver.find((each) => each.id === id);
    if (seen) return seen;
  }
  return undefined;
}

/** The run that this very run was before somebody has reset it, and when that began. */
export async function firstBeginning(temporal: Client): Promise<{ runId: string; at: ServerTime }> {
  const [first] = await ownEvents(temporal);
  const started = required(first?.workflowExecutionStartedEventAttributes, 'how this run was started');
  return {
    runId: started.originalExecutionRunId ?? '',
    at: msOf(required(first?.eventTime, 'when this run was started')),
  };
}

/** Activities whose answers tell what a run has made, or has found. */
export const TELLING = [
  'beginning',
  'createInstance',
  'createVolume',
  'createFloatingIp',
  'findFloatingIps',
  'count',
] as const;

type Told = Answer<(typeof TELLING)[number]>;

/** Ids of what an answer proves that its run has made. */
export function madeIn(record: Told): string[] {
  if (record.activity === 'createInstance' || record.activity === 'createVolume') return [record.answer.id];
  return floatingIpsIn(record).own.map(({ id }) => id);
}

/** What an answer tells of floating IPs that its run has made, or may have made. */
export function floatingIpsIn(record: Told): FloatingIpsFound {
  switch (record.activity) {
    case 'createFloatingIp':
      return record.answer.isProven
        ? { own: [record.answer], unproven: [] }
        : { own: [], unproven: [record.answer] };
    case 'findFloatingIps':
      return record.answer;
    case 'count':
      // Of the others their names tell who made them.
      return { own: record.answer.extra.filter(({ kind }) => kind === 'floatingIp'), unproven: [] };
    default:
      return { own: [], unproven: [] };
  }
}

async function ownEvents(temporal: Client): Promise<HistoryEvent[]> {
  const { workflowExecution } = Context.current().info;
  if (!workflowExecution) return [];
  const { workflowId, runId } = workflowExecution;
  return (await temporal.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
}

function isIn({ instances, volumes, floatingIps = [] }: Baseline, id: string): boolean {
  return [...instances, ...volumes, ...floatingIps].some((thing) => thing.id === id);
}
