import type { Operation, ProjectCall } from '../http/operation.ts';
import { isObject } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { World } from '../world/world.ts';

interface Thing {
  id: string;
  name?: string;
  region?: string;
}

/**
 * What a mixed-up proxy or cache hands out for an answer inside a project. One thing's bears the id, the name and the
 * region of another of its kind, which stands in the same project if there is one. A list is that of another region or,
 * where none was asked for, of another project. Where there is nothing to mix up the answer is as ever.
 */
export function answerOfAnother(operation: Operation, call: ProjectCall, answer: unknown): unknown {
  if (Array.isArray(answer)) return operation.handle(elsewhere(call));
  if (!isObject(answer)) return answer;
  const region = otherRegion(call);
  const stranger = { id: call.world.random.uuid(), name: 'id' in answer ? 'somebody-elses' : region, region };
  const other = { ...stranger, ...otherOf(call.project, answer['id']) };
  const told = Object.entries(other).filter(([field]) => typeof answer[field] === 'string');
  return { ...answer, ...Object.fromEntries(told) };
}

function otherOf(project: ProjectRecord, id: unknown): Thing | undefined {
  const { instances, volumes, volumeSnapshots, volumeBackups, sshKeys, groups, operations, floatingIps } =
    project;
  const kinds: Map<unknown, Thing>[] = [
    instances,
    volumes,
    volumeSnapshots,
    volumeBackups,
    sshKeys,
    groups,
    operations,
    floatingIps,
  ];
  const [other] = [...(kinds.find((things) => things.has(id))?.values() ?? [])].filter(
    (each) => each.id !== id,
  );
  return other && pick(other);
}

const pick = ({ id, name, region }: Thing): Thing => ({
  id,
  ...(name !== undefined && { name }),
  ...(region !== undefined && { region }),
});

function elsewhere(call: ProjectCall): ProjectCall {
  const region = otherRegion(call);
  if (call.params['regionName'] !== undefined)
    return { ...call, params: { ...call.params, regionName: region } };
  if (call.query['region'] != null) return { ...call, query: { ...call.query, region } };
  return { ...call, project: otherProject(call.world, call.project) };
}

function otherRegion({ project, now, params, query, body }: ProjectCall): string {
  const asked: unknown = params['regionName'] ?? query['region'] ?? body['region'] ?? 'GRA11';
  return project.regionsAt(now).find(({ name }) => name !== asked)?.name ?? 'ELSEWHERE';
}

function otherProject(world: World, project: ProjectRecord): ProjectRecord {
  return [...world.projects.values()].find((each) => each !== project) ?? project;
}
