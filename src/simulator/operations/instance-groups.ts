import { badRequest, conflict, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { oneOf, optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceGroupRecord } from '../world/records.ts';

export const instanceGroupOperations = [
  inProject({
    method: 'GET',
    path: '/instance/group',
    iam: 'instance/group/get',
    query: { region: optional(string) },
    handle: ({ project, now, query: { region } }) =>
      [...project.groups.values()]
        .filter((group) => !region || group.region === region)
        .map((group) => groupView(project, group, now)),
  }),

  inProject({
    method: 'POST',
    path: '/instance/group',
    iam: 'instance/group/create',
    body: {
      name: string,
      region: string,
      type: oneOf('cloud.instancegroup.InstanceGroupTypeEnum', ['affinity', 'anti-affinity']),
    },
    handle({ world, project, now, body }) {
      if (body.name === '') throw badRequest('Invalid value(s) received: name');
      if (!project.hasRegion(body.region, now)) throw notFound('region', body.region);
      const group: InstanceGroupRecord = { id: world.random.uuid(), ...body };
      project.groups.set(group.id, group);
      return groupView(project, group, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/instance/group/{groupId}',
    iam: 'instance/group/get',
    query: { region: optional(string) },
    handle: ({ project, now, params: { groupId } }) => groupView(project, findGroup(project, groupId), now),
  }),

  inProject({
    method: 'DELETE',
    path: '/instance/group/{groupId}',
    iam: 'instance/group/delete',
    handle({ project, now, params: { groupId } }) {
      const group = findGroup(project, groupId);
      if (groupView(project, group, now).instance_ids.length > 0)
        throw conflict(`Instance group ${groupId} is not empty`);
      project.groups.delete(groupId);
    },
  }),
];

function findGroup(project: ProjectRecord, id: string): InstanceGroupRecord {
  const group = project.groups.get(id);
  if (!group) throw notFound('groupId', id);
  return group;
}

function groupView(project: ProjectRecord, { id, name, region, type }: InstanceGroupRecord, now: number) {
  const members = [...project.instances.values()].filter(
    ({ groupId, states }) => groupId === id && states.at(now),
  );
  return { id, name, region, type, instance_ids: members.map((instance) => instance.id) };
}
