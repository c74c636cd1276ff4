import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { durationMs, floatingIpOf, nodeWorkflowId } from '../contract/index.ts';
import type { CompleteRef, Found, Price, ReapNodeInput, Survey, ResourceKind } from '../contract/index.ts';
import { required } from '../contract/required.ts';
import { parseReap } from '../contract/schemas/requests.ts';
import { messageOf } from '../contract/unknown.ts';
import { signOf, type Carried } from '../identity/mark.ts';
import { Attempt, firstBeatMs } from './exactly-once/attempt.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import { comingInAt, visibleFloatingIps, isInside } from './inventory/floating-ips.ts';
import { inventory, type Inventory } from './inventory/inventory.ts';
import { eachOf } from './looking/each-of.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { ownMakers } from './proof/own-makers.ts';
import { priceOf, type Priced } from './preflight/price.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { orInvalidSpec } from './exactly-once/to-failure.ts';

interface ReapDependencies {
  projects: ServedProjects;
  temporal: Client;
  pauses: PauseWatch;
}

export function reapActivities({ projects, temporal, pauses }: ReapDependencies) {
  return {
    /**
     * Everything in a project that carries our mark, sorted. It takes as long as it takes: each node is asked of Temporal.
     * Where a region does not say what comes in at its instances, those wait for the next reap. Reads only.
     */
    async survey(input: unknown): Promise<{ found: Survey; apply: boolean; olderThan: string }> {
      const { project: alias, apply, olderThan } = orInvalidSpec(() => parseReap(input));
      const project = projects.get(alias);
      const attempt = new Attempt(pauses);
      attempt.says(`looks through all that carries our mark in project ${alias}`);
      return attempt.waiting(firstBeatMs(attempt), async () => {
        const things = await markedThings(project, await inventory(project), { skipsRegions: true });
        return { found: await sorted(temporal, things, { olderThan }), apply, olderThan };
      });
    },

    /**
     * The same for one node, whose id the caller holds; without `olderThan` whatever its age. `ofReset`: only what the
     * run has made that somebody has reset to the one that asks. Reads only.
     */
    async surveyNode({ project: alias, region, name, olderThan, ofReset }: NodeSurvey): Promise<Survey> {
      const project = projects.get(alias);
      const { instances, volumes } = await inventory(project, region);
      const isOfNode = ({ node }: Carried) => node === name;
      const ofNode = { instances: instances.filter(isOfNode), volumes: volumes.filter(isOfNode) };
      const signs = ofReset && (await signsBefore(temporal, ofReset));
      return sorted(temporal, await markedThings(project, ofNode), { olderThan, signs });
    },
  };
}

type NodeSurvey = CompleteRef & Partial<Pick<ReapNodeInput, 'olderThan'>> & { ofReset?: ResetRun };

/** A run before somebody has reset it. */
export interface ResetRun {
  first: string;
  /** The run of the fleet that had begun it, by whose sign it made what it made. */
  maker: string | null;
}

/** By which signs the runs have made what they made that somebody has reset, one after the other, to the one that asks. */
async function signsBefore(temporal: Client, { first, maker }: ResetRun): Promise<Set<string>> {
  const { workflowId, runId } = required(Context.current().info.workflowExecution, 'the run of this step');
  const runs = await ownMakers(temporal, workflowId, [first, runId]);
  return new Set([...runs, ...(maker === null ? [] : [maker])].map(signOf));
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
  /** Of an instance: why nobody knows what comes in at it. Were it deleted, nothing would tell whose that is. */
  unseen?: string;
};

/**
 * OVH's facts first.
 *
 * @throws where a region does not list its floating IPs, unless it `skipsRegions`
 */
async function markedThings(
  project: ServedProject,
  { instances, volumes }: Inventory,
  { skipsRegions = false } = {},
): Promise<Thing[]> {
  const refTo = (region: string, name: string) => ({ project: project.alias, region, name });
  const unseen = new Map<string, string>();
  const floating = [...new Set(instances.map(({ seen }) => seen.region))].map(async (region) => {
    try {
      return await floatingThings(
        project,
        region,
        instances.filter(({ seen }) => seen.region === region),
      );
    } catch (error) {
      if (!skipsRegions) throw error;
      unseen.set(region, `OVH does not say what comes in at it: ${messageOf(error)}`);
      return [];
    }
  });
  const floatingIps = (await Promise.all(floating)).flat();
  const found = [
    ...instances.map(async ({ node, sign, seen }): Promise<Thing> => {
      const { id, name, region, created, flavorId, monthlyBilling } = seen;
      const monthly = monthlyBilling !== null;
      const why = isInside(seen) ? unseen.get(region) : undefined;
      return {
        kind: 'instance',
        id,
        name,
        node: refTo(region, node),
        sign,
        port: null,
        holders: [],
        createdAt: Date.parse(created),
        price: await priceIfKnown(project, { region, flavorId, monthly, volumes: [] }),
        ...(why !== undefined && { unseen: why }),
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
        port: null,
        holders: attachedTo,
        createdAt: Date.parse(creationDate),
        price: await priceIfKnown(project, { region, flavorId: null, monthly: false, volumes: [seen] }),
      };
    }),
  ];
  return [...(await Promise.all(found)), ...floatingIps];
}

/** What comes in at the nodes' instances in a region. Whose it is its address does not say, but Temporal may. */
async function floatingThings(
  project: ServedProject,
  region: string,
  instances: Inventory['instances'],
): Promise<Thing[]> {
  const inside = instances.filter(({ seen }) => isInside(seen));
  if (inside.length === 0) return [];
  const listed = await visibleFloatingIps(project, region);
  const found = inside.map(async ({ node, seen }) =>
    (await comingInAt(project, listed, seen)).map((each): Thing => ({
      ...floatingIpOf(each),
      node: { project: project.alias, region, name: node },
      sign: null,
      at: seen.id,
      port: each.port,
      holders: [],
      // OVH does not say when it made it: it is judged as the instance is.
      createdAt: Date.parse(seen.created),
      price: null,
    })),
  );
  return (await Promise.all(found)).flat();
}

/** A price is worth no failure. */
async function priceIfKnown(project: ServedProject, priced: Priced): Promise<Price | null> {
  return priceOf(project, priced).catch(() => null);
}

/** Lists of runs, one for each node, are dear to Temporal. */
const NODES_AT_ONCE = 4;

/**
 * Temporal's word second: by what the retained runs on each thing's node prove. Instances come first: a volume is left over
 * only with the instance that has it. `signs`: whatever has another is left out.
 */
async function sorted(
  temporal: Client,
  things: Thing[],
  { olderThan, signs }: { olderThan?: string | undefined; signs?: Set<string> | undefined },
): Promise<Survey> {
  const result: Survey = { wanted: [], inProgress: [], leftOver: [], unknown: [] };
  const nodes = new Set(things.map(({ node }) => nodeWorkflowId(node)));
  const recalled = await eachOf([...nodes], NODES_AT_ONCE, async (workflowId) => {
    return [workflowId, await NodeMemory.recall(temporal, workflowId)] as const;
  });
  const memories = new Map(recalled);
  for (const { createdAt, sign: ofName, at, holders, unseen, ...thing } of things) {
    const memory = required(memories.get(nodeWorkflowId(thing.node)), 'what Temporal remembers of the node');
    const fate = memory.fateOf(thing.id);
    const sign =
      at === undefined ? ofName : ((await memory.makerOf({ id: thing.id, ip: thing.name, at })) ?? null);
    if (signs && !signs.has(sign ?? '')) continue; // (rule 36)
    const leftOver = await memory.leftOver({ id: thing.id, sign });
    const holder = holders.find((id) => !result.leftOver.some((instance) => instance.id === id));
    const isYoung = olderThan !== undefined && Date.now() - createdAt < durationMs(olderThan);
    if (memory.unsettled) result.inProgress.push({ ...thing, reason: memory.unsettled });
    else if (fate?.is === 'wanted') result.wanted.push({ ...thing, reason: `${fate.by} names it` });
    else if (holder !== undefined) result.unknown.push({ ...thing, reason: `instance ${holder} has it` });
    else if (leftOver === undefined)
      result.unknown.push({ ...thing, reason: whyUnknown({ fate, sign, kind: thing.kind, memory }) });
    else if (isYoung) result.inProgress.push({ ...thing, reason: `it is younger than ${olderThan}` });
    else if (unseen !== undefined) result.inProgress.push({ ...thing, reason: unseen });
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
