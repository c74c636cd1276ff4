import { badRequest } from '../http/api-error.ts';
import { inProject, type ProjectCall } from '../http/operation.ts';
import { boolean, optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import { instanceUsage } from '../world/quota.ts';
import type { InstanceRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { checkFit, checkInstanceQuota } from './create-instance.ts';
import { findFlavor } from './flavors.ts';
import { snapshotInstance } from './image-snapshots.ts';
import { usableImage } from './images.ts';
import { change } from './instance-power.ts';
import { instanceDetail } from './instance-views.ts';
import { findInstance } from './instances.ts';

/** What makes another thing of an instance that keeps its id and its addresses. */
export const instanceChangeOperations = [
  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/resume',
    iam: 'instance/resume',
    handle: ({ params, ...call }) =>
      change(call, params.instanceId, {
        from: ['SUSPENDED', 'PAUSED'],
        meanwhile: 'SUSPENDED',
        to: 'ACTIVE',
      }),
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/shelve',
    iam: 'instance/shelve',
    handle({ params: { instanceId }, ...call }) {
      const { world, project, now, fails } = call;
      change(call, instanceId, { from: ['ACTIVE', 'SHUTOFF'], meanwhile: 'SHELVING', to: 'SHELVED' });
      const { states } = findInstance(project, instanceId, now).instance;
      if (!fails) states.set(now + world.delays.bootMs, 'SHELVED_OFFLOADED');
    },
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/unshelve',
    iam: 'instance/unshelve',
    handle: ({ params, ...call }) =>
      change(call, params.instanceId, {
        from: ['SHELVED', 'SHELVED_OFFLOADED'],
        meanwhile: 'UNSHELVING',
        to: 'ACTIVE',
      }),
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/rescueMode',
    iam: 'instance/rescueMode',
    body: { imageId: optional(string), rescue: boolean },
    handle({ params: { instanceId }, body: { rescue }, ...call }) {
      const { instance } = findInstance(call.project, instanceId, call.now);
      if (!rescue) {
        change(call, instanceId, { from: ['RESCUE'], meanwhile: 'UNRESCUING', to: 'ACTIVE' });
        return { adminPassword: null };
      }
      change(call, instanceId, { from: ['ACTIVE', 'SHUTOFF'], meanwhile: 'RESCUING', to: 'RESCUE' });
      instance.rescuePassword = call.world.random.token(12);
      return { adminPassword: instance.rescuePassword };
    },
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/reinstall',
    iam: 'instance/reinstall',
    body: { imageId: string },
    handle({ world, project, now, fails, params: { instanceId }, body: { imageId } }) {
      const instance = reinstallInstance(world, project, instanceId, imageId, { now, fails });
      return instanceDetail(instance, 'REBUILD', world, project, now);
    },
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/resize',
    iam: 'instance/resize',
    body: { flavorId: string },
    handle({ params: { instanceId }, body: { flavorId }, ...call }) {
      const { world, project, now } = call;
      const instance = resizeInstance(call, instanceId, flavorId);
      return instanceDetail(instance, 'RESIZE', world, project, now);
    },
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/snapshot',
    iam: 'instance/snapshot',
    body: { snapshotName: string },
    handle: ({ world, project, now, params: { instanceId }, body: { snapshotName } }) => ({
      snapshotId: snapshotInstance(world, project, instanceId, snapshotName, now).image.id,
    }),
  }),
];

/** A fresh disk from an image. */
export function reinstallInstance(
  world: World,
  project: ProjectRecord,
  instanceId: string,
  imageId: string,
  { now, fails }: { now: number; fails: boolean },
): InstanceRecord {
  const { instance } = findInstance(project, instanceId, now);
  const image = usableImage(project, imageId, instance.region, now);
  if (!image) throw badRequest('Invalid value(s) received: imageId');
  checkFit(image, findFlavor(instance.flavorId));
  change({ world, project, now, fails }, instanceId, {
    from: ['ACTIVE', 'SHUTOFF', 'ERROR'],
    meanwhile: 'REBUILD',
    to: 'ACTIVE',
  });
  if (!fails) instance.imageId = image.id;
  return instance;
}

/** Another flavor of the region, with a disk that is no smaller. */
function resizeInstance(
  { world, project, now, fails }: Pick<ProjectCall, 'world' | 'project' | 'now' | 'fails'>,
  instanceId: string,
  flavorId: string,
): InstanceRecord {
  const { instance } = findInstance(project, instanceId, now);
  const [before, after] = [findFlavor(instance.flavorId), findFlavor(flavorId)];
  if (after.region !== instance.region || after.osType !== before.osType || after.id === before.id)
    throw badRequest('Invalid value(s) received: flavorId');
  if (after.disk < before.disk) throw badRequest('invalid: Flavor has a smaller disk');
  const more = {
    instances: 0,
    cores: Math.max(0, after.vcpus - before.vcpus),
    ram: Math.max(0, after.ram - before.ram),
  };
  const comesToNothing = checkInstanceQuota(world, project, instance.region, more, now) || fails;
  const changing = { world, project, now, fails: comesToNothing };
  change(changing, instanceId, { from: ['ACTIVE', 'SHUTOFF'], meanwhile: 'RESIZE', to: 'VERIFY_RESIZE' });
  if (comesToNothing) return instance;
  instance.states.set(now + world.delays.bootMs, 'ACTIVE');
  const usage = project.usageIn(instance.region);
  usage.removeAt(now, instanceUsage(before));
  usage.add(instanceUsage(after));
  instance.flavorId = after.id;
  return instance;
}
