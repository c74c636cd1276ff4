import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { OperationRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** How long OVH remembers what it was ordered to do, in milliseconds. */
const remembered = 24 * 60 * 60_000;

export const operationOperations = [
  inProject({
    method: 'GET',
    path: '/operation',
    iam: 'operation/get',
    query: { instanceId: optional(string) },
    handle: ({ world, project, now, query: { instanceId } }) =>
      [...project.operations.values()]
        .filter(({ createdAt }) => createdAt > now - remembered)
        .filter((operation) => !instanceId || operation.instanceId === instanceId)
        .map((operation) => operationView(operation, world, now)),
  }),

  inProject({
    method: 'GET',
    path: '/operation/{operationId}',
    iam: 'operation/get',
    handle({ world, project, now, params: { operationId } }) {
      const operation = project.operations.get(operationId);
      if (!operation) throw notFound('operationId', operationId);
      return operationView(operation, world, now);
    },
  }),
];

type Order = Omit<OperationRecord, 'id' | 'createdAt'> & { now: number };

/** Writes down an order that OVH has taken. */
export function addOperation(
  world: World,
  project: ProjectRecord,
  { now, ...order }: Order,
): OperationRecord {
  const operation: OperationRecord = { id: world.random.uuid(), createdAt: now, ...order };
  project.operations.set(operation.id, operation);
  return operation;
}

export function operationView(operation: OperationRecord, world: World, now: number) {
  const { id, action, region, createdAt } = operation;
  const steps = stepsOf(operation, now).map((step) => stepView(step, world, now));
  const [first] = steps;
  // Nothing but instances: of all else OVH's own tools read `resourceId` alone, and work.
  const mayHide = action.startsWith('instance#') && world.switches.operationResource === 'sub-operation';
  const isNamed = !mayHide && steps.length === 1;
  return {
    id,
    action,
    createdAt: world.date(createdAt),
    startedAt: first?.startedAt ?? null,
    completedAt: first?.completedAt ?? null,
    progress: first?.progress ?? 0,
    regions: [region],
    resourceId: isNamed ? (first?.resourceId ?? null) : null,
    status: first?.status ?? 'created',
    subOperations: isNamed ? [] : steps,
  };
}

interface Step {
  operation: OperationRecord;
  number: number;
  resourceId: string | null;
}

function stepsOf(operation: OperationRecord, now: number): Step[] {
  const { resourceIds, knownAt } = operation;
  if (resourceIds.length === 0 || now < knownAt) return [{ operation, number: 0, resourceId: null }];
  return resourceIds.map((resourceId, number) => ({ operation, number, resourceId }));
}

function stepView({ operation, number, resourceId }: Step, world: World, now: number) {
  const { id, action, region, createdAt, completedAt, fails } = operation;
  const duration = Math.max(1, completedAt - createdAt);
  const startedAt = createdAt + Math.min(duration / 4, 200);
  const isDone = now >= completedAt;
  const ended = fails ? 'in-error' : 'completed';
  return {
    id: number === 0 ? id : `${id.slice(0, -4)}${number.toString(16).padStart(4, '0')}`,
    action,
    startedAt: now >= startedAt ? world.date(startedAt) : null,
    completedAt: isDone ? world.date(completedAt) : null,
    progress: isDone ? 100 : Math.floor(((now - createdAt) / duration) * 99),
    regions: [region],
    resourceId,
    status: isDone ? ended : now >= startedAt ? 'in-progress' : 'created',
  };
}

/** As the volume calls answer: the same, but with what it makes in a shape of its own. */
export function volumeOperationView(operation: OperationRecord, world: World, now: number) {
  const { subOperations, ...view } = operationView(operation, world, now);
  return {
    ...view,
    subOperations: subOperations
      .filter(({ resourceId }) => resourceId !== null)
      .map(({ resourceId }) => ({ resourceId, resourceType: 'volume' })),
  };
}
