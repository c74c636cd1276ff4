import type { FailureType, ResourceKind, ServerTime } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { OvhApiError, resourceOf, type Operation } from '../../ovh/index.ts';
import type { ServedProject } from '../project.ts';
import { UnclearWindow } from '../exactly-once/settle-window.ts';
import { finalFailure } from '../exactly-once/to-failure.ts';

/*
 * OVH's regional calls answer with an operation: an order that OVH has taken, and that makes something later. Such an
 * order is as good as what it makes: it is followed to its end, and until then no second one is placed.
 */

const WORKING = new Set(['created', 'in-progress', 'unknown']);
export const FAILED: Record<ResourceKind, FailureType> = {
  instance: 'InstanceFailed',
  volume: 'VolumeFailed',
  floatingIp: 'FloatingIpFailed',
};

/**
 * One look at an operation: what it made, as OVH calls it, or undefined while OVH works on it. An operation does not say
 * what it is about, so what it made is looked at: an answer may have been another's.
 *
 * @throws InstanceFailed or VolumeFailed where it ended and made nothing.
 */
export async function madeBy(
  project: ServedProject,
  region: string,
  id: string,
  kind: 'instance' | 'volume',
): Promise<{ id: string; name: string } | undefined> {
  const operation = await project.ovh.operations.get(id);
  const made = resourceOf(operation);
  if (made !== undefined)
    return kind === 'instance' ? project.instances(region).find(made) : project.volumes(region).find(made);
  if (isUnderWay(operation)) return undefined;
  throw madeNothing(operation, kind);
}

export function isUnderWay({ status }: Operation): boolean {
  return WORKING.has(status);
}

export function madeNothing({ id, status }: Operation, kind: ResourceKind): Error {
  return finalFailure(
    FAILED[kind],
    `OVH's operation ${id} to create the ${kind} ended as ${status}; its API does not say why`,
  );
}

/** Ids of what OVH's orders about an instance name: OVH itself says of them that they were for it. */
export async function orderedFor(project: ServedProject, instanceId: string): Promise<Set<string>> {
  const operations = await listed(project, instanceId);
  return new Set(operations.map(resourceOf).filter((id) => id !== undefined));
}

/**
 * Whether OVH works on an operation in the region, begun by then, that may yet make or tie what was asked for. An
 * operation does not say what it is about, so everybody's count; those begun later do not, or a busy project would
 * never be quiet.
 */
export async function isWorking(project: ServedProject, region: string, by: ServerTime): Promise<boolean> {
  const { orderBeforeMs, orderAfterMs } = timing;
  const operations = await listed(project);
  return operations.some((operation) => {
    const { action, regions, createdAt } = operation;
    const at = Date.parse(createdAt);
    const isHere = regions.length === 0 || regions.includes(region);
    const isThen = at > by - orderBeforeMs && at < by + orderAfterMs;
    return isUnderWay(operation) && /create|associate/i.test(action) && isHere && isThen;
  });
}

/**
 * The window of what a lost answer may have made in the region; undefined where none is missing. `quietSince`: when OVH was
 * last seen to work on something of it.
 */
export function unclearIn(
  project: ServedProject,
  region: string,
  unclearSince: ServerTime | null,
  quietSince?: ServerTime,
): UnclearWindow | undefined {
  if (unclearSince === null) return undefined;
  const { settleMs } = project;
  const isWorkingBy = (by: ServerTime) => isWorking(project, region, by);
  return new UnclearWindow({ settleMs, unclearSince, quietSince, isWorking: isWorkingBy });
}

/** Who may not see operations, or has none to see, is told nothing by them. */
async function listed(project: ServedProject, instanceId?: string): Promise<Operation[]> {
  try {
    return await project.ovh.operations.list(instanceId === undefined ? {} : { instanceId });
  } catch (error) {
    if (error instanceof OvhApiError && error.fromOvh && [403, 404].includes(error.status)) return [];
    throw error;
  }
}
