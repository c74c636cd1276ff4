import type { Client } from '@temporalio/client';
import { durationMs, nodeWorkflowId } from '../contract/index.ts';
import type { CompleteRef, Found, Price, ReapNodeInput, ReapResult } from '../contract/index.ts';
import { parseReap } from '../contract/schemas/requests.ts';
import { instanceIsAlive, volumeIsAlive } from './inventory/alive.ts';
import { readInstanceName, readVolume } from '../identity/mark.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { priceOf, type Priced } from './preflight/price.ts';
import type { Project, Projects } from './project.ts';
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

/** What verifies, alive: OVH's facts first. */
async function markedThings(project: Project, region?: string): Promise<Thing[]> {
  const [instances, volumes] = await Promise.all([
    project.instances(region).list(),
    project.volumes(region).list(),
  ]);
  const isOfNode = (id: string, region: string, node: string) => {
    const holder = instances.find((instance) => instance.id === id);
    return holder !== undefined && readInstanceName(holder.name, project.identity(region))?.node === node;
  };
  const refTo = (region: string, name: string) => ({ project: project.alias, region, name });
  const found = [
    ...instances.filter(instanceIsAlive).map(async (instance): Promise<Thing | undefined> => {
      const { id, name, region, created, flavorId, monthlyBilling } = instance;
      const carried = readInstanceName(name, project.identity(region));
      if (!carried) return undefined;
      const price = await priceIfKnown(project, {
        region,
        flavorId,
        monthly: monthlyBilling !== null,
        volumes: [],
      });
      const { node, sign } = carried;
      const createdAt = Date.parse(created);
      return {
        kind: 'instance',
        id,
        name,
        node: refTo(region, node),
        sign,
        holder: undefined,
        createdAt,
        price,
      };
    }),
    ...volumes.filter(volumeIsAlive).map(async (volume): Promise<Thing | undefined> => {
      const carried = readVolume(volume, project.identity(volume.region));
      if (!carried) return undefined;
      const { id, name, region, creationDate } = volume;
      const price = await priceIfKnown(project, {
        region,
        flavorId: null,
        monthly: false,
        volumes: [volume],
      });
      const createdAt = Date.parse(creationDate);
      const { node, sign } = carried;
      const holder = volume.attachedTo.find((held) => !isOfNode(held, region, node));
      return { kind: 'volume', id, name, node: refTo(region, node), sign, holder, createdAt, price };
    }),
  ];
  return (await Promise.all(found)).filter((thing) => thing !== undefined);
}

/** A price is worth no failure. */
async function priceIfKnown(project: Project, priced: Priced): Promise<Price | null> {
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
