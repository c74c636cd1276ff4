import type { Client } from '@temporalio/client';
import { durationMs, floatingIpOf, nodeWorkflowId } from '../contract/index.ts';
import type {
  CompleteRef,
  Found,
  Price,
  ReapNodeInput,
  ReapResult,
  ResourceKind,
} from '../contract/index.ts';
import { required } from '../contract/required.ts';
import { parseReap } from '../contract/schemas/requests.ts';
import { floatingIpsAt } from './inventory/floating-ips.ts';
import { inventory, type Inventory } from './inventory/inventory.ts';
import { eachOf } from './looking/each-of.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { priceOf, type Priced } from './preflight/price.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { orInvalidSpec } from './exactly-once/to-failure.ts';

export function reapActivities({ projects, temporal }: { projects: ServedProjects; temporal: Client }) {
  return {
    /** Everything in a project that carries our mark, sorted. Reads only. */
    async survey(input: unknown): Promise<{ found: ReapResult; apply: boolean; olderThan: string }> {
      const { project, apply, olderThan } = orInvalidSpec(() => parseReap(input));
      const things = await markedThings(projects.get(project));
      return { found: await sorted(temporal, things, olderThan), apply, olderThan };
    },

    /** The same for one node, whose id the caller holds; without `olderThan` whatever its age. Reads only. */
    async surveyNode({
      project,
      region,
      name,
      olderThan,
    }: Partial<Pick<ReapNodeInput, 'olderThan'>> & CompleteRef): Promise<ReapResult> {
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
  /** Of a floating IP: the instance that it comes in at. */
  at?: string;
  /** Ids of the instances that have the volume. */
  holders: string[];
  node: CompleteRef;
  createdAt: number;
  price: Price | null;
};

/** OVH's facts first. */
async function markedThings(project: ServedProject, where?: string): Promise<Thing[]> {
  const { instances, volumes } = await inventory(project, where);
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
        holders: [],
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
        holders: attachedTo,
        createdAt: Date.parse(creationDate),
        price: await priceIfKnown(project, { region, flavorId: null, monthly: false, volumes: [seen] }),
      };
    }),
  ];
  return [...(await Promise.all(found)), ...(await floatingThings(project, instances))];
}

/** What comes in at the nodes' instances. Whose it is its address does not say, but Temporal may. */
async function floatingThings(project: ServedProject, instances: Inventory['instances']): Promise<Thing[]> {
  const found: Thing[] = [];
  for (const { node, seen } of instances)
    for (const each of await floatingIpsAt(project, seen.region, seen))
      found.push({
        ...floatingIpOf(each),
        node: { project: project.alias, region: seen.region, name: node },
        sign: null,
        at: seen.id,
        ...(each.port && { port: each.port }),
        holders: [],
        // OVH does not say when it made it: it is judged as the instance is.
        createdAt: Date.parse(seen.created),
        price: null,
      });
  return found;
}

/** A price is worth no failure. */
async function priceIfKnown(project: ServedProject, priced: Priced): Promise<Price | null> {
  return priceOf(project, priced).catch(() => null);
}

/** Lists of runs, one for each node, are dear to Temporal. */
const NODES_AT_ONCE = 4;

/**
 * Temporal's word second: by what the retained runs on each thing's node prove. Instances come first: a volume is left over
 * only with the instance that has it.
 */
async function sorted(temporal: Client, things: Thing[], olderThan?: string): Promise<ReapResult> {
  const result: ReapResult = { wanted: [], inProgress: [], leftOver: [], unknown: [] };
  const nodes = new Set(things.map(({ node }) => nodeWorkflowId(node)));
  const recalled = await eachOf([...nodes], NODES_AT_ONCE, async (workflowId) => {
    return [workflowId, await NodeMemory.recall(temporal, workflowId)] as const;
  });
  const memories = new Map(recalled);
  for (const { createdAt, sign: ofName, at, holders, ...thing } of things) {
    const memory = required(memories.get(nodeWorkflowId(thing.node)), 'what Temporal remembers of the node');
    const fate = memory.fateOf(thing.id);
    const sign =
      at === undefined ? ofName : ((await memory.makerOf({ id: thing.id, ip: thing.name, at })) ?? null);
    const leftOver = await memory.leftOver({ id: thing.id, sign });
    const holder = holders.find((id) => !result.leftOver.some((instance) => instance.id === id));
    const isYoung = olderThan !== undefined && Date.now() - createdAt < durationMs(olderThan);
    if (memory.unsettled) result.inProgress.push({ ...thing, reason: memory.unsettled });
    else if (fate?.is === 'wanted') result.wanted.push({ ...thing, reason: `${fate.by} names it` });
    else if (holder !== undefined) result.unknown.push({ ...thing, reason: `instance ${holder} has it` });
    else if (leftOver === undefined)
      result.unknown.push({ ...thing, reason: whyUnknown({ fate, sign, kind: thing.kind, memory }) });
    else if (isYoung) result.inProgress.push({ ...thing, reason: `it is younger than ${olderThan}` });
    else result.leftOver.push({ ...thing, reason: leftOver });
  }
  return result;
}

interface Doubtful {
  fate: ReturnType<NodeMemory['fateOf']>;
  sign: string | null;
  kind: ResourceKind;
  memory: NodeMemory;
}

/** Nothing proves that nobody wants it. */
function whyUnknown({ fate, sign, kind, memory }: Doubtful): string {
  if (fate?.is === 'left') return `${fate.by} failed and was told to keep it`;
  if (fate?.is === 'passed over') return `${fate.by} came later, and neither deleted nor kept it`;
  if (kind === 'floatingIp' && sign === null) return 'nothing proves that a run of the node made it';
  if (fate?.is === 'destroyed' || memory.knowsMaker(sign))
    return 'Temporal may have forgotten a later run on the node that has delivered it';
  return sign === null
    ? 'its name does not say which run made it'
    : `Temporal remembers no run whose sign is ${sign}`;
}
