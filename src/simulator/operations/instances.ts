import { flavorsById } from '../catalogue/flavors.ts';
import { badRequest, notFound, refusal } from '../http/api-error.ts';
import { inProject, type ProjectCall } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import { instanceUsage } from '../world/quota.ts';
import type { InstanceRecord, InstanceStatusEnum } from '../world/records.ts';
import { createInstance, instanceCreation } from './create-instance.ts';
import { instanceDetail, instanceInList } from './instance-views.ts';

export const instanceOperations = [
  inProject({
    method: 'GET',
    path: '/instance',
    iam: 'instance/get',
    query: { region: optional(string) },
    handle({ world, project, now, query: { region } }) {
      const { listLagMs } = world.delays;
      project.sweep(now, listLagMs);
      const listed = [];
      for (const instance of project.instances.values()) {
        if (region && instance.region !== region) continue;
        const status = instance.states.at(now - listLagMs);
        if (!status) continue;
        const isGone = world.switches.listDeleted === 'deleted' && !instance.states.at(now);
        listed.push(instanceInList(instance, isGone ? 'DELETED' : status, world, now - listLagMs));
      }
      return listed;
    },
  }),

  inProject({
    method: 'POST',
    path: '/instance',
    iam: 'instance/create',
    body: instanceCreation,
    handle({ world, project, now, fails, body }) {
      const instance = createInstance(world, project, body, { now, fails });
      return instanceDetail(instance, 'BUILD', world, project, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/instance/{instanceId}',
    iam: 'instance/get',
    handle({ world, project, now, params: { instanceId } }) {
      const { instance, status } = findInstance(project, instanceId, now);
      const isHidden = world.switches.detailLag === 'on' && now < instance.createdAt + world.delays.listLagMs;
      if (isHidden) throw notFound('instanceId', instanceId);
      return instanceDetail(instance, status, world, project, now);
    },
  }),

  inProject({
    method: 'PUT',
    path: '/instance/{instanceId}',
    iam: 'instance/edit',
    body: { instanceName: string },
    handle({ project, now, params, body: { instanceName } }) {
      if (instanceName === '') throw badRequest('Invalid value(s) received: instanceName');
      findInstance(project, params.instanceId, now).instance.name = instanceName;
    },
  }),

  inProject({
    method: 'DELETE',
    path: '/instance/{instanceId}',
    iam: 'instance/delete',
    handle: ({ params, ...call }) => deleteInstance(call, params.instanceId),
  }),
];

/** What exists under that id now, lists or no lists. */
export function findInstance(
  project: ProjectRecord,
  id: string,
  now: number,
): { instance: InstanceRecord; status: InstanceStatusEnum } {
  const instance = project.instances.get(id);
  const status = instance?.states.at(now);
  if (!instance || !status) throw notFound('instanceId', id);
  return { instance, status };
}

/** Begins the end of an instance, in whatever state it is. Its volumes stay and are free when it is gone. */
export function deleteInstance(
  { world, project, now, fails }: Pick<ProjectCall, 'world' | 'project' | 'now' | 'fails'>,
  id: string,
): void {
  const { instance, status } = findInstance(project, id, now);
  if (status === 'DELETING') {
    const { deleteAgain } = world.switches;
    if (deleteAgain !== 'ok') throw refusal(deleteAgain, `Instance ${id} is being deleted`);
    return;
  }
  const goneAt = now + world.delays.deleteMs;
  instance.states.set(now, 'DELETING').set(goneAt, fails ? 'ERROR' : undefined);
  if (fails) return;
  const flavor = flavorsById.get(instance.flavorId);
  if (flavor) project.usageIn(instance.region).removeAt(goneAt, instanceUsage(flavor));
  releaseVolumes(project, id, goneAt);
}

/** As if it had never begun, for an order that comes to nothing. */
export function forgetInstance(
  project: ProjectRecord,
  { id, region, flavorId }: InstanceRecord,
  now: number,
): void {
  const flavor = flavorsById.get(flavorId);
  project.instances.delete(id);
  if (flavor) project.usageIn(region).removeAt(now, instanceUsage(flavor));
}

function releaseVolumes(project: ProjectRecord, instanceId: string, goneAt: number): void {
  for (const { states } of project.volumes.values()) {
    const state = states.at(goneAt);
    if (!state?.attachedTo.includes(instanceId) && state?.attachingTo !== instanceId) continue;
    // On its way already, or stuck there.
    if (state.status === 'detaching') continue;
    const attachedTo = state.attachedTo.filter((id) => id !== instanceId);
    const sizeGiB = states.final?.sizeGiB ?? state.sizeGiB;
    states.set(goneAt, { status: attachedTo.length > 0 ? 'in-use' : 'available', attachedTo, sizeGiB });
  }
}

/** Whether it is gone or on its way out, so that nothing more may be asked of its volumes. */
export function isLeaving(project: ProjectRecord, instanceId: string, now: number): boolean {
  const status = project.instances.get(instanceId)?.states.at(now);
  return status === undefined || status === 'DELETING';
}
