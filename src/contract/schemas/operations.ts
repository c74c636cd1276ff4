import type { CompleteDestroyFleet } from '../fleet.ts';
import type { CompleteNodeSpec } from '../node-spec.ts';
import type { CompleteRef } from '../ref.ts';
import type { DestroyInput, ReapNodeInput, WorkflowType } from '../workflows.ts';
import { parseDestroyFleet, parseFleetSpec, type CheckedFleet } from './fleet.ts';
import { parseNodeSpec } from './node-spec.ts';
import { parseDestroy, parseReapNode } from './requests.ts';

export type NodeOperation = CompleteNodeSpec | (DestroyInput & CompleteRef) | (ReapNodeInput & CompleteRef);
export type Operation = NodeOperation | CheckedFleet | CompleteDestroyFleet;

/** What an operation was asked with, by the workflow's type. @throws Error with one sentence. */
export function parseOperation(type: WorkflowType, input: unknown): Operation {
  if (type === 'provisionFleet') return parseFleetSpec(input);
  if (type === 'destroyFleet') return parseDestroyFleet(input);
  return parseNodeOperation(type, input);
}

/** @throws Error with one sentence. */
export function parseNodeOperation(type: WorkflowType, input: unknown): NodeOperation {
  if (type === 'destroyNode') return parseDestroy(input);
  if (type === 'reapNode') return parseReapNode(input);
  return parseNodeSpec(input);
}
