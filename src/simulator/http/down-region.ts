import { serviceError } from './api-error.ts';
import type { Operation, ProjectCall } from './operation.ts';

/**
 * A region that is down fails what is asked of it and of what stands in it. That it is down it says; what is asked of the
 * whole project, and of other regions, goes on.
 */
export function refuseInDownRegion({ method, path }: Operation, call: ProjectCall): void {
  const { regionStatus } = call.world;
  if (regionStatus.size === 0 || path.endsWith('/region/{regionName}')) return;
  const region = regionOf(call);
  const { status, reads } = regionStatus.get(region ?? '') ?? {};
  if (status === 'DOWN' && !(reads && method === 'GET'))
    throw serviceError(503, 'Server::ServiceUnavailable', `Region ${region} is unavailable`);
}

/** Named by the call, or where the thing stands that it names. */
function regionOf({ project, params, query, body }: ProjectCall): string | undefined {
  const named = [params['regionName'], query['region'], body['region']].find(isString);
  if (named !== undefined) return named;
  const ids = [params['instanceId'], params['volumeId'], params['snapshotId']].filter(isString);
  const { instances, volumes, volumeSnapshots } = project;
  const things = ids.map((id) => instances.get(id) ?? volumes.get(id) ?? volumeSnapshots.get(id));
  return things.find((thing) => thing !== undefined)?.region;
}

const isString = (value: unknown): value is string => typeof value === 'string' && value !== '';
