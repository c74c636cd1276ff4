import type { CompleteNodeSpec, NodeSpec } from './node-spec.ts';
import type { Identifier } from './plan.ts';
import { DEFAULT_PROJECT } from './ref.ts';

/** Many nodes of one kind: `web-001`, `web-002`, …, each a node of its own with its own workflow. */
export interface FleetSpec {
  apiVersion?: 'mooring/v1' | undefined;
  /** Alias of an OVH project. Default `main`. */
  project?: string | undefined;
  /** At most 34 characters: the nodes are called `<name>-001` and so on. */
  name: string;
  /** 1 to 10,000. Fewer than before deletes nothing: `destroyFleet` with `beyond` does. */
  count: number;
  /** What each node is: a NodeSpec without a name. */
  node: Omit<NodeSpec, 'name' | 'region'> & { region?: string | undefined };
  /** Instead of `node.region`: the next one is asked where stock or quota is missing. 1 to 8. */
  regions?: string[] | undefined;
  /** How many nodes are worked on at the same time. Default 100, at most 1,000. */
  maxConcurrent?: number | undefined;
  /** When fewer than `minHealthy` nodes can be had: delete what this run made (default), or keep what there is. */
  onPartialFailure?: 'rollback' | 'keep' | undefined;
  /** How many nodes make a success. Default: all. */
  minHealthy?: number | undefined;
}

/** A FleetSpec that was checked, with its defaults, and without what only its nodes need. */
export interface CompleteFleetSpec {
  project: string;
  name: string;
  count: number;
  regions: string[];
  maxConcurrent: number;
  onPartialFailure: 'rollback' | 'keep';
  minHealthy: number;
  labels: Record<string, string>;
}

/** A FleetSpec that was checked, as it may be written again. */
export type CheckedFleet = Omit<CompleteFleetSpec, 'labels'> & {
  node: Omit<CompleteNodeSpec, 'name' | 'project' | 'region'>;
};

export interface DestroyFleetInput {
  project?: string | undefined;
  name: string;
  /** Default: wherever its nodes stand. */
  region?: string | undefined;
  /** Only the nodes with a number above this one: how a fleet shrinks. */
  beyond?: number | undefined;
  /** As of `destroyNode`. */
  volumes?: 'spec' | 'delete' | 'keep' | undefined;
  ifBusy?: 'cancel' | 'wait' | 'fail' | undefined;
}

export type CompleteDestroyFleet = Required<Pick<DestroyFleetInput, 'volumes' | 'ifBusy'>> &
  Pick<DestroyFleetInput, 'region' | 'beyond'> & { project: string; name: string };

/** One node of a fleet, in short: the whole of it is the result of its own workflow. */
export interface FleetNode {
  name: string;
  region: string;
  /** `adopted` is also what somebody else's run made meanwhile. */
  outcome: 'created' | 'adopted' | 'completed' | 'destroyed';
  instanceId: string | null;
  address: string | null;
}

export interface FailedNode {
  name: string;
  region: string;
  /** A failure type, or `Terminated` where somebody ended its run by hand. */
  type: string;
  message: string;
}

export interface FleetResult {
  nodes: FleetNode[];
  failed: FailedNode[];
  /** What stands although no node has it: parts that a spec kept, volumes that a destroy kept. */
  left: Identifier[];
}

/** What became of a fleet whose run has failed: its lists are cut to the first 500. */
export interface FailedFleet extends FleetResult {
  /** Of `destroyFleet`: the numbers of all nodes that it has destroyed, by region. */
  destroyed?: Record<string, number[]>;
}

/** A fleet in numbers, and the nodes that have taken longest so far. */
export interface FleetProgress {
  wanted: number;
  ready: number;
  running: number;
  /** Not begun. */
  waiting: number;
  failed: number;
  /** Taken back by a rollback, or by their own runs after a cancel. The numbers add up to `wanted` at every moment. */
  undone: number;
  /** At most ten. */
  slowest: { name: string; region: string; startedAt: string }[];
}

/**
 * What has become of one node of a fleet. `adopted`: it stood, or somebody else made it; `failed`: its own run says why;
 * `terminated`: its run ended without a word; `kept`: somebody stopped its undo, or it has been delivered to somebody
 * else; `stopped`: its run undid itself when the fleet was cancelled; `left`: the rollback could not delete it. Each
 * begins with another letter: it is what a run that continues as another takes along.
 */
export const FLEET_NODE_FATES = [
  'waiting',
  'made',
  'adopted',
  'failed',
  'terminated',
  'kept',
  'stopped',
  'undone',
  'left',
  'destroyed',
] as const;
export type FleetNodeFate = (typeof FLEET_NODE_FATES)[number];

/** What a look at a fleet is about. */
export interface FleetLook {
  /** Of `provisionFleet`: the nodes up to `count`. Of `destroyFleet`: as it was asked for. */
  request: Pick<CompleteDestroyFleet, 'project' | 'name' | 'region' | 'beyond'> & { count?: number };
  /**
   * Of the others only what the fleet has made is looked for, by the signs of these runs and of those between that a reset
   * has cut; absent: everything.
   */
  makers?: string[] | undefined;
  /** Runs of its nodes that somebody had reset: what they made carries signs of their own, and is the fleet's. */
  resets: string[];
  /** Numbers of nodes that the fleet has, as far as it knows. */
  has: number[];
  /** It is for a rollback: nothing that OVH answers ends it, and what it does not show is not waited for. */
  isForRollback: boolean;
}

/** What a look at a fleet has seen. */
export interface FleetSeen {
  /** Of those that the fleet has. */
  nodes: FleetNode[];
  /** The numbers of the others of which anything stands, by region. */
  others: Record<string, number[]>;
  /** What stands of the others; the first 500. */
  left: Identifier[];
  /** Ids of the runs whose sign counts. */
  makers: string[];
}

/** A failure's details must fit one message of Temporal's, 2 MiB. */
export const LISTED = 500;

/** What carried the names of a fleet before it was touched. */
export interface FleetBeginning<Request> {
  request: Request;
  standing: { name: string; region: string }[];
}

/** A fleet has one operation at a time, as a node has. */
export function fleetWorkflowId({
  project,
  name,
  node,
}: Pick<FleetSpec, 'project' | 'name'> & { node?: { project?: string | undefined } }): string {
  return `fleet.${project ?? node?.project ?? DEFAULT_PROJECT}.${name}`;
}

/** Which fleet. */
export interface FleetRef {
  /** Default `main`. */
  project?: string | undefined;
  fleet: string;
}

/** The fleet that a workflow id names, or undefined when it names none. */
export function fleetFromWorkflowId(workflowId: string): Required<FleetRef> | undefined {
  const [kind, project, fleet, ...rest] = workflowId.split('.');
  if (kind !== 'fleet' || !project || !fleet || rest.length > 0) return undefined;
  return { project, fleet };
}

/** `web-001`. Three digits at least, and no more zeros when a fleet grows: a name is for ever. */
export function fleetNodeName(fleet: string, number: number): string {
  return `${fleet}-${String(number).padStart(3, '0')}`;
}

/** The number of a node in a fleet, or undefined when its name is none of the fleet's. */
export function fleetNodeNumber(fleet: string, node: string): number | undefined {
  if (!node.startsWith(`${fleet}-`)) return undefined;
  const number = Number(node.slice(fleet.length + 1));
  return Number.isInteger(number) && number > 0 && fleetNodeName(fleet, number) === node ? number : undefined;
}
