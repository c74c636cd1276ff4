import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { durationMs, nodeWorkflowId } from '../contract/index.ts';
import type {
  DestroyResult,
  FailureDetails,
  Found,
  Identifier,
  Node,
  Price,
  ReapNodeInput,
  ReapResult,
} from '../contract/index.ts';
import { parseReap } from '../contract/schemas/requests.ts';
import { readInstanceName } from './mark.ts';
import { priceOf, type Priced } from './price.ts';
import type { Project, Projects } from './project.ts';
import { instanceIsAlive, volumeIsAlive, volumeStatus } from './status.ts';
import { orInvalidSpec } from './to-failure.ts';

export function reapActivities({ projects, temporal }: { projects: Projects; temporal: Client }) {
  return {
    /** Everything in a project that carries our mark, sorted. Reads only. */
    async survey(input: unknown): Promise<{ found: ReapResult; apply: boolean; olderThan: string }> {
      const { project, apply, olderThan } = orInvalidSpec(() => parseReap(input ?? {}));
      const things = await markedThings(projects.get(project));
      return { found: await sorted(temporal, things, olderThan), apply, olderThan };
    },

    /** The same for one node, whose id the caller holds. Reads only. */
    async surveyNode({ project = '', region, name, olderThan }: ReapNodeInput): Promise<ReapResult> {
      const things = await markedThings(projects.get(project), region);
      return sorted(
        temporal,
        things.filter(({ node }) => node.name === name),
        olderThan,
      );
    },
  };
}

type Thing = Omit<Found, 'reason' | 'price'> & { createdAt: number; price: Price | null };

/** What verifies, alive: OVH's facts first. */
async function markedThings(project: Project, region?: string): Promise<Thing[]> {
  const [instances, volumes] = await Promise.all([
    project.ovh.instances.list(region),
    project.ovh.volumes.list(region),
  ]);
  const refTo = (region: string, name: string) => ({ project: project.alias, region, name });
  const found = [
    ...instances.filter(instanceIsAlive).map(async (instance): Promise<Thing | undefined> => {
      const { id, name, region, created, flavorId, monthlyBilling } = instance;
      const node = readInstanceName(name, project.identity(region));
      if (node === undefined) return undefined;
      const price = await priceIfKnown(project, {
        region,
        flavorId,
        monthly: monthlyBilling !== null,
        volumes: [],
      });
      return { kind: 'instance', id, name, node: refTo(region, node), createdAt: Date.parse(created), price };
    }),
    ...volumes.filter(volumeIsAlive).map(async (volume): Promise<Thing | undefined> => {
      const status = volumeStatus(project, volume);
      if (!status) return undefined;
      const { id, name, region, creationDate } = volume;
      const price = await priceIfKnown(project, {
        region,
        flavorId: null,
        monthly: false,
        volumes: [volume],
      });
      const createdAt = Date.parse(creationDate);
      return { kind: 'volume', id, name, node: refTo(region, status.node), createdAt, price };
    }),
  ];
  return (await Promise.all(found)).filter((thing) => thing !== undefined);
}

/** A price is worth no failure. */
async function priceIfKnown(project: Project, priced: Priced): Promise<Price | null> {
  return priceOf(project, priced).catch(() => null);
}

/** Temporal's word second: by what the retained runs on each thing's node say. */
async function sorted(temporal: Client, things: Thing[], olderThan: string): Promise<ReapResult> {
  const result: ReapResult = { wanted: [], inProgress: [], leftOver: [], unknown: [] };
  const memories = new Map<string, Promise<Memory>>();
  for (const { createdAt, ...thing } of things) {
    const workflowId = nodeWorkflowId(thing.node);
    const memory = memories.get(workflowId) ?? remember(temporal, workflowId);
    memories.set(workflowId, memory);
    const { runs, busyWith, wanted, kept } = await memory;
    const young = Date.now() - createdAt < durationMs(olderThan);
    if (busyWith) result.inProgress.push({ ...thing, reason: `${busyWith} runs on ${workflowId}` });
    else if (wanted.has(thing.id))
      result.wanted.push({ ...thing, reason: `${wanted.get(thing.id)} names it` });
    else if (kept.has(thing.id))
      result.unknown.push({ ...thing, reason: `${kept.get(thing.id)} failed and was told to keep it` });
    else if (runs === 0)
      result.unknown.push({ ...thing, reason: `Temporal remembers no run on ${workflowId}` });
    else if (young) result.inProgress.push({ ...thing, reason: `it is younger than ${olderThan}` });
    else result.leftOver.push({ ...thing, reason: `no run on ${workflowId} that succeeded names it` });
  }
  return result;
}

/** What Temporal remembers of a node. */
interface Memory {
  runs: number;
  busyWith: string | undefined;
  /** By id, the run that names it. */
  wanted: Map<string, string>;
  /** By id, the run that failed and left it on purpose: somebody wants to look into it. */
  kept: Map<string, string>;
}

/** Newest first, back to the last completed destroy: what it did not keep was unwanted then. */
async function remember(temporal: Client, workflowId: string): Promise<Memory> {
  const memory: Memory = { runs: 0, busyWith: undefined, wanted: new Map(), kept: new Map() };
  const own = Context.current().info.workflowExecution?.runId;
  for await (const { runId, type, status } of temporal.workflow.list({
    query: `WorkflowId = '${workflowId}'`,
  })) {
    if (runId === own || type === 'reapNode') continue;
    memory.runs += 1;
    if (status.name === 'RUNNING' || status.name === 'PAUSED') memory.busyWith = type;
    const run = `the ${type} of run ${runId}`;
    const handle = temporal.workflow.getHandle(workflowId, runId);
    if (status.name === 'FAILED') for (const { id } of await leftBy(handle)) memory.kept.set(id, run);
    if (status.name !== 'COMPLETED') continue;
    const result: unknown = await handle.result();
    for (const { id } of namedBy(result as Partial<Node & DestroyResult>)) memory.wanted.set(id, run); // (rule 14)
    if (type === 'destroyNode') return memory;
  }
  return memory;
}

/** Nothing after a rollback; what was made, where the spec or somebody said that it shall be kept. */
async function leftBy(handle: WorkflowHandle): Promise<Identifier[]> {
  try {
    await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const [details] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    return (details as Partial<FailureDetails> | undefined)?.left ?? [];
  }
  return [];
}

function namedBy(result: Partial<Node & DestroyResult>): Pick<Identifier, 'id'>[] {
  return [
    ...(result.kept ?? []),
    ...(result.instance ? [result.instance] : []),
    ...(result.bootVolume ? [result.bootVolume] : []),
    ...(result.volumes ?? []),
  ];
}
