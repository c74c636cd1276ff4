import type {
  CheckedFleet,
  CompleteDestroyFleet,
  DestroyFleetInput,
  FleetResult,
  FleetSpec,
} from './fleet.ts';
import type {
  CheckedStep,
  CompleteSsh,
  CompleteStep,
  DeployStep,
  GuestPlan,
  SshSpec,
  StepResult,
} from './guest.ts';
import type { InspectedNode, Node } from './node.ts';
import type { CompleteNodeSpec, NodeSpec } from './node-spec.ts';
import type { Identifier, InstanceStatus, Port, Price } from './plan.ts';
import type { CompleteRef, Ref } from './ref.ts';

/**
 * Every workflow by its type's name: what is sent, what the check and the defaults make of it, and what comes back. What
 * else a type needs, its row in `schemas/workflow-types.ts` says, and its story in `workflows/index.ts`: neither compiles
 * while one is missing.
 */
export interface Workflows {
  provisionNodeWithVolume: { input: NodeSpec; request: CompleteNodeSpec; output: Node };
  destroyNode: { input: DestroyInput; request: DestroyInput & CompleteRef; output: DestroyResult };
  provisionFleet: { input: FleetSpec; request: CheckedFleet; output: FleetResult };
  destroyFleet: { input: DestroyFleetInput; request: CompleteDestroyFleet; output: FleetResult };
  deployNode: { input: DeployInput; request: CompleteDeployInput; output: DeployResult };
  inspectNode: {
    input: Ref | NodeSpec;
    request: CompleteRef | CompleteNodeSpec;
    output: InspectResult;
  };
  listNodes: { input: ListInput; request: CompleteList; output: ListResult };
  reap: { input: ReapInput; request: CompleteReap; output: ReapResult };
  reapNode: { input: ReapNodeInput; request: ReapNodeInput & CompleteRef; output: ReapNodeResult };
}

export type WorkflowType = keyof Workflows;

/** What the sandbox runs: one function per type, under its name. */
export type Stories = {
  [Type in WorkflowType]: (input: Workflows[Type]['input']) => Promise<Workflows[Type]['output']>;
};

export interface DestroyInput extends Ref {
  /** `spec` (default): each volume's own `onDestroy`. */
  volumes?: 'spec' | 'delete' | 'keep' | undefined;
  /** `cancel` (default) cancels what runs and waits for its undo. */
  ifBusy?: 'cancel' | 'wait' | 'fail' | undefined;
  /** Destroys only if the node's instance has this id. */
  ifInstanceId?: string | undefined;
  /** Deletes only those of its things that have one of these ids. */
  only?: string[] | undefined;
  /** A fleet's own, to take back what it made: deletes only what these runs have made (their run ids), and that no success of another run names. */
  madeBy?: string[] | undefined;
}

export interface DestroyResult {
  deleted: Identifier[];
  kept: Identifier[];
  /** Nothing was there. */
  absent: boolean;
}

export interface DeployInput extends Ref {
  steps: DeployStep[];
  ssh?: SshSpec | undefined;
  /** `root`: by `sudo -n`. */
  as?: 'user' | 'root' | undefined;
  /** What ran before is `already`, unless this is another word than it was then. */
  again?: string | null | undefined;
  /** Only if the node's instance has this id. */
  ifInstanceId?: string | undefined;
}

export interface CompleteDeployInput extends CompleteRef {
  steps: CompleteStep[];
  ssh: CompleteSsh;
  as: 'user' | 'root';
  again: string | null;
  ifInstanceId?: string | undefined;
}

/** A request as histories have it. */
export interface CheckedDeployInput extends Omit<CompleteDeployInput, 'steps'> {
  steps: CheckedStep[];
}

/** A node that stands, and how what is asked for gets into it. */
export interface DeployPlan {
  instance: InstanceStatus;
  guest: GuestPlan;
  node: InspectedNode;
}

export interface DeployResult {
  node: InspectedNode;
  steps: StepResult[];
}

export interface InspectResult {
  /** Null when no instance carries the node's mark. */
  node: InspectedNode | null;
  differences: Difference[];
}

/** One field in which what exists is not what was asked for. `wanted` and `actual` are texts for people. */
export interface Difference {
  field: string;
  wanted: string;
  actual: string;
}

export interface ListInput {
  /** Alias of an OVH project; default `main`. */
  project?: string | undefined;
  /** Default: every region of the project. */
  region?: string | undefined;
}

export type CompleteList = ListInput & { project: string };

export interface ListedNode extends CompleteRef {
  instance: { id: string; name: string; status: string; publicIpv4: string | null } | null;
  volumes: { name: string; id: string; status: string; size: number }[];
}

export interface ListResult {
  nodes: ListedNode[];
}

export interface ReapInput {
  /** Alias of an OVH project; default `main`. */
  project?: string | undefined;
  /** Default false: only say what would be deleted. */
  apply?: boolean | undefined;
  /** Leaves alone what is younger, such as `1h`. Default `10m`: OVH may still be applying what somebody asked for. */
  olderThan?: string | undefined;
}

export interface CompleteReap {
  project: string;
  apply: boolean;
  olderThan: string;
}

/** Something at OVH that carries our mark, of which node it is, and why it is sorted as it is. */
export interface Found extends Identifier {
  node: CompleteRef;
  reason: string;
  /** What it costs, taxes apart; null where OVH's price list does not say. */
  price: Price | null;
  /** Of a floating IP: where it comes in at the node's instance; null of anything else. */
  port: Port | null;
}

/** What carries our mark, sorted by who wants it. */
export interface Survey {
  /** Named by a success since the last completed destroy, or kept by a destroy. */
  wanted: Found[];
  /** An operation runs on its node, or it is too young to judge. */
  inProgress: Found[];
  /** Nobody wants it. */
  leftOver: Found[];
  /** Temporal remembers nothing of its node. Never deleted unless `destroyNode` names it. */
  unknown: Found[];
}

export interface ReapResult extends Survey {
  /** Of what is left over, what this run has deleted, as `apply` says. */
  deleted: Identifier[];
}

export interface ReapNodeInput extends Ref {
  /** Only these, and only if they are still left over. */
  ids: string[];
  olderThan: string;
}

export interface ReapNodeResult {
  deleted: Identifier[];
}
