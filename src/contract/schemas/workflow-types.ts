import { fieldsOf, rowOf } from '../unknown.ts';
import { fleetWorkflowId } from '../fleet.ts';
import type { InspectedNode } from '../node.ts';
import { nodeWorkflowId, type CompleteRef } from '../ref.ts';
import type { Workflows, WorkflowType } from '../workflows.ts';
import { parseDestroyFleet, parseFleetSpec } from './fleet.ts';
import { parseNodeSpec } from './node-spec.ts';
import { parseDeploy, parseDestroy, parseInspect, parseList, parseReap, parseReapNode } from './requests.ts';

/** What every type says of itself. */
interface Row<Type extends WorkflowType> {
  /** Checks what somebody sent, and writes the defaults. @throws Error with one sentence. */
  parse(input: unknown): Workflows[Type]['request'];
  /** The JSON Schema in `schemas/` that describes its input; null: only Mooring itself sends it. */
  schema: `${string}.v1.json` | null;
  /** In the table of the rights that a key needs, whose calls to OVH it makes. */
  calls: string;
}

/** A type of which any number may run side by side. */
interface FreeRow<Type extends WorkflowType> extends Row<Type> {
  holds: null;
}

/** A type that holds the id of what it is about: Temporal admits one running workflow per id, so one operation at a time. */
interface HoldingRow<Type extends WorkflowType> extends Row<Type> {
  /** Whoever asks for the same while it runs joins it, instead of being told that the node is busy. */
  joins: boolean;
  /** Its request is a spec: whoever asks for another thing while it runs is told that it differs. */
  isSpec: boolean;
  /** Whoever comes with `ifBusy: cancel` may have it cancelled, and waits for its undo. What deletes finishes. */
  givesWay: boolean;
  /** What a request asks for, apart from how to run it, and without secrets: a hash of a secret is a secret, too. */
  what(request: Workflows[Type]['request']): object;
}

interface FleetRow<Type extends WorkflowType> extends HoldingRow<Type> {
  holds: 'fleet';
}

interface NodeRow<Type extends WorkflowType> extends HoldingRow<Type> {
  holds: Workflows[Type]['request'] extends CompleteRef ? 'node' : never;
  /**
   * What its baseline is not believed for before it was looked into. `parts`: that nobody else is at work on a node that
   * is not whole; `absence`: that nothing stands where lists show nothing.
   */
  doubts: 'parts' | 'absence' | null;
  /**
   * What a success says of things at OVH. Reap goes by it: what is forgotten here may be deleted as left over.
   */
  proves(result: Workflows[Type]['output']): Proof;
}

/** Ids of things at OVH. */
export interface Proof {
  /** Somebody wants them. */
  names: string[];
  /** Somebody has worked with them: where nothing else says so, that says that they are wanted. */
  uses?: string[];
  deleted: string[];
  /** The node is gone: what earlier successes named, and this one does not, is no longer wanted. */
  endsNode: boolean;
  /** What came in at the node from outside. `own`: a run of the node had made it. */
  floatingIp?: { id: string; ip: string; own: boolean } | null;
}

/** Every workflow type, with what client, worker, admission, activities and schemas have to know of it. */
export const workflowTypes = {
  provisionNodeWithVolume: {
    holds: 'node',
    parse: parseNodeSpec,
    schema: 'node-spec.v1.json',
    calls: 'provision',
    joins: true,
    isSpec: true,
    givesWay: true,
    what: withoutHow,
    doubts: 'parts',
    proves: (node) => ({
      names: partsOf(node),
      deleted: [],
      endsNode: false,
      floatingIp: node.floatingIp && { ...node.floatingIp, own: node.floatingIp.own === true },
    }),
  },
  destroyNode: {
    holds: 'node',
    parse: parseDestroy,
    schema: 'destroy.v1.json',
    calls: 'destroy',
    joins: true,
    isSpec: false,
    givesWay: false,
    what: ({ ifBusy: _ifBusy, ...what }) => what,
    doubts: 'absence',
    proves: ({ deleted, kept }) => ({ names: idsOf(kept), deleted: idsOf(deleted), endsNode: true }),
  },
  provisionFleet: {
    holds: 'fleet',
    parse: parseFleetSpec,
    schema: 'fleet-spec.v1.json',
    calls: 'provision',
    joins: true,
    isSpec: true,
    givesWay: true,
    what: ({ maxConcurrent: _atOnce, onPartialFailure: _onFailure, minHealthy: _least, node, ...what }) => ({
      ...what,
      node: withoutHow(node),
    }),
  },
  destroyFleet: {
    holds: 'fleet',
    parse: parseDestroyFleet,
    schema: 'destroy-fleet.v1.json',
    calls: 'destroy',
    joins: true,
    isSpec: false,
    givesWay: false,
    what: ({ ifBusy: _ifBusy, ...what }) => what,
  },
  deployNode: {
    holds: 'node',
    parse: parseDeploy,
    schema: 'deploy.v1.json',
    calls: 'inspect',
    joins: true,
    isSpec: false,
    givesWay: true,
    what: (request) => request,
    doubts: null,
    // It makes nothing at OVH: who wants the node has said so elsewhere, unless that run was terminated.
    proves: ({ node }) => ({
      names: [],
      uses: [...partsOf(node), ...(node.floatingIp ? [node.floatingIp.id] : [])],
      deleted: [],
      endsNode: false,
    }),
  },
  inspectNode: { holds: null, parse: parseInspect, schema: 'ref.v1.json', calls: 'inspect' },
  listNodes: { holds: null, parse: parseList, schema: null, calls: 'list' },
  reap: { holds: null, parse: parseReap, schema: null, calls: 'reap' },
  reapNode: {
    holds: 'node',
    parse: parseReapNode,
    schema: null,
    calls: 'reap',
    joins: true,
    isSpec: false,
    givesWay: false,
    what: (request) => request,
    doubts: null,
    proves: ({ deleted }) => ({ names: [], deleted: idsOf(deleted), endsNode: false }),
  },
} as const satisfies { [Type in WorkflowType]: NodeRow<Type> | FleetRow<Type> | FreeRow<Type> };

type Table = typeof workflowTypes;
type Holding<What> = {
  [Type in WorkflowType]: Table[Type]['holds'] extends What ? Type : never;
}[WorkflowType];

export type FleetType = Holding<'fleet'>;
export type NodeType = Holding<'node'>;
export type HoldingType = FleetType | NodeType;
export type PublishedInput = NonNullable<Table[WorkflowType]['schema']>;
export type Calling = Table[WorkflowType]['calls'];

/** Whether a name, as Temporal tells it, is that of a type that holds an id. */
export function isHolding(type: string): type is HoldingType {
  return rowOf(workflowTypes, type)?.holds != null;
}

/** The row of a type that is known only at run time. */
export function holdingRow(type: HoldingType): HoldingRow<HoldingType> {
  return workflowTypes[type];
}

/** Undefined where the name is not that of a type that holds a node's id. */
export function nodeRow(type: string): NodeRow<NodeType> | undefined {
  const row = rowOf(workflowTypes, type);
  return row?.holds === 'node' ? row : undefined;
}

/** The workflow id that an operation holds while it runs. */
export function heldId(type: HoldingType, request: Workflows[HoldingType]['request']): string {
  const { project, name } = request;
  return workflowTypes[type].holds === 'fleet'
    ? fleetWorkflowId({ project, name })
    : nodeWorkflowId(request as CompleteRef); // as `NodeRow` demands of a type that holds a node
}

function withoutHow<Spec extends object>(spec: Spec): object {
  const { run: _run, userData: _userData, userDataFrom: _from, ...what } = fieldsOf(spec);
  return what;
}

/** A floating IP that is not the node's own is nobody's to delete: who wants it does not matter. */
function partsOf({ instance, bootVolume, volumes, floatingIp }: InspectedNode): string[] {
  return idsOf([
    instance,
    ...(bootVolume ? [bootVolume] : []),
    ...volumes,
    ...(floatingIp?.own ? [floatingIp] : []),
  ]);
}

function idsOf(things: { id: string }[]): string[] {
  return things.map(({ id }) => id);
}
