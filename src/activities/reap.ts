import type { Client } from '@temporalio/client';
import { durationMs, nodeWorkflowId } from '../contract/index.ts';
import type { CompleteRef, Found, Price, ReapNodeInput, ReapResult } from '../contract/index.ts';
import { parseReap } from '../contract/schemas/requests.ts';
import { inventory } from './inventory/inventory.ts';
import { readInstanceName } from '../identity/mark.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { priceOf, type Priced } from './preflight/price.ts';
import type { ServedProject, Projects } from './project.ts';
import { orInvalidSpec } from './exactly-once/to-failure.ts';

export function reapActivities({ projects, temporal }: { projects: Projects; temporal: Client }) {
  return {
    /** Everything in a project that carries our mark, sorted. Reads only. */
    async survey(input: unknown): Promise<{ found: ReapResult; apply: boolean; olderThan: string }> {
      const { project, apply, olderThan } = orInvalidSpec(() => parseReap(input));
      const things = await markedThings(projects.get(project));
      return { found: await sorted(temporal, things, olderThan), apply, olderThan };
    },

    /** The same for one node, whose id the caller holds. Reads only. */
    async surveyNode({
      project,
      region,
      name,
      olderThan,
    }: Pick<ReapNodeInput, 'olderThan'> & CompleteRef): Promise<ReapResult> {
      const things = await markedThings(projects.get(project), region);
      return sorted(
        temporal,
        things.filter(({ node }) => node.name === name),
        olderThan,
      );
    },
  };
}

type Thing = Omit<Found, 'reason' | 'price'> & {
  sign: string | null;
  /** An instance that has the volume and is not the node's. */
  holder: string | undefined;
  node: CompleteRef;
  createdAt: number;
  price: Price | null;
};

/** OVH's facts first. */
async function markedThings(project: ServedProject, where?: string): Promise<Thing[]> {
  const { instances, volumes, everybodys } = await inventory(project, where);
  const isOfNode = (id: string, region: string, node: string) => {
    const holder = everybodys.find((instance) => instance.id === id);
    return holder !== undefined && readInstanceName(holder.name, project.identity(region))?.node === node;
  };
  const refTo = (region: string, name: string) => ({ project: project.alias, region, name });
  const found = [
    ...instances.map(async ({ node, sign, seen }): Promise<Thing> => {
      const { id, name, region, created, flavorId, monthlyBilling } = seen;
      const monthly = monthlyBilling !== null;
      return {
        kind: 'instance',
        id,
        name,
        node: refTo(region, node),
        sign,
        holder: undefined,
        createdAt: Date.parse(created),
        price: await priceIfKnown(project, { region, flavorId, monthly, volumes: [] }),
      };
    }),
    ...volumes.map(async ({ node, sign, seen }): Promise<Thing> => {
      const { id, name, region, creationDate, attachedTo } = seen;
      return {
        kind: 'volume',
        id,
        name,
        node: refTo(region, node),
        sign,
        holder: attachedTo.find((held) => !isOfNode(held, region, node)),
        createdAt: Date.parse(creationDate),
        price: await priceIfKnown(project, { region, flavorId: null, monthly: false, volumes: [seen] }),
      };
    }),
  ];
  return Promise.all(found);
}

/** A price is worth no failure. */
async function priceIfKnown(project: ServedProject, priced: Priced): Promise<Price | null> {
  return priceOf(project, priced).catch(() => null);
}

/** Temporal's word second: by what the retained runs on each thing's node prove. */
async function sorted(temporal: Client, things: Thing[], olderThan: string): Promise<ReapResult> {
  const result: ReapResult = { wanted: [], inProgress: [], leftOver: [], unknown: [] };
  const memories = new Map<string, Promise<NodeMemory>>();
  for (const { createdAt, sign, holder, ...thing } of things) {
    const workflowId = nodeWorkflowId(thing.node);
    const remembering = memories.get(workflowId) ?? NodeMemory.recall(temporal, workflowId);
    memories.set(workflowId, remembering);
    const memory = await remembering;
    const fate = memory.fateOf(thing.id);
    const leftOver = memory.leftOver({ id: thing.id, sign });
    const isYoung = Date.now() - createdAt < durationMs(olderThan);
    if (memory.busyWith)
      result.inProgress.push({ ...thing, reason: `${memory.busyWith} runs on ${workflowId}` });
    else if (fate?.is === 'wanted') result.wanted.push({ ...thing, reason: `${fate.by} names it` });
    else if (holder !== undefined)
      result.unknown.push({ ...thing, reason: `instance ${holder} has it, which is not the node's` });
    else if (leftOver === undefined) result.unknown.push({ ...thing, reason: whyUnknown(fate, sign) });
    else if (isYoung) result.inProgress.push({ ...thing, reason: `it is younger than ${olderThan}` });
    else result.leftOver.push({ ...thing, reason: leftOver });
  }
  return result;
}

/** Nothing proves that nobody wants it. */
function whyUnknown(fate: ReturnType<NodeMemory['fateOf']>, sign: string | null): string {
  if (fate?.is === 'left') return `${fate.by} failed and was told to keep it`;
  if (fate?.is === 'passed over') return `${fate.by} came later, and neither deleted nor kept it`;
  return sign === null
    ? 'its name does not say which run made it'
    : `Temporal remembers no run whose sign is ${sign}`;
}
