import { badRequest, conflict, refusal } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { long, string } from '../http/parameters.ts';
import { flavorsById } from '../catalogue/flavors.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord, VolumeRecord, VolumeState } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { checkVolumeQuota, volumeSizes } from './create-volume.ts';
import { findInstance, isLeaving } from './instances.ts';
import { volumeView } from './volume-views.ts';
import { findVolume } from './volumes.ts';

export const volumeAttachmentOperations = [
  inProject({
    method: 'POST',
    path: '/volume/{volumeId}/attach',
    iam: 'volume/attach',
    body: { instanceId: string },
    handle({ world, project, now, fails, params: { volumeId }, body: { instanceId } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      const { instance, status } = findInstance(project, instanceId, now);
      const isAgain = state.attachedTo.includes(instanceId) || state.attachingTo === instanceId;
      if (isAgain && world.switches.attachAgain === 'ok') return volumeView(volume, state, world);
      if (!isFree(volume, state, instanceId)) {
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, not available`);
      }
      checkPlaces(volume, instance);
      if (status !== 'ACTIVE' || instance.states.settledAt > now) {
        throw wrongState(world, `Instance ${instanceId} is ${status}, not ready for a volume`);
      }
      const { sizeGiB, attachedTo } = state;
      const attaching = { status: 'attaching', attachedTo, attachingTo: instanceId, sizeGiB } as const;
      volume.states
        .set(now, attaching)
        .set(
          now + world.delays.attachMs,
          fails
            ? { status: attachedTo.length > 0 ? 'in-use' : 'available', attachedTo, sizeGiB }
            : { status: 'in-use', attachedTo: [...attachedTo, instanceId], sizeGiB },
        );
      return volumeView(volume, attaching, world);
    },
  }),

  inProject({
    method: 'POST',
    path: '/volume/{volumeId}/detach',
    iam: 'volume/detach',
    body: { instanceId: string },
    handle({ world, project, now, fails, params: { volumeId }, body: { instanceId } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      if (state.status !== 'in-use')
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, not in-use`);
      if (!state.attachedTo.includes(instanceId))
        throw badRequest(`Volume ${volumeId} is not attached to ${instanceId}`);
      if (isLeaving(project, instanceId, now)) throw conflict(`Instance ${instanceId} is being deleted`);
      const { sizeGiB } = state;
      const remaining = state.attachedTo.filter((id) => id !== instanceId);
      const detaching = { ...state, status: 'detaching' } as const;
      volume.states
        .set(now, detaching)
        .set(
          now + world.delays.attachMs,
          fails
            ? state
            : { status: remaining.length > 0 ? 'in-use' : 'available', attachedTo: remaining, sizeGiB },
        );
      return volumeView(volume, detaching, world);
    },
  }),

  inProject({
    method: 'POST',
    path: '/volume/{volumeId}/upsize',
    iam: 'volume/upsize',
    body: { size: long },
    handle({ world, project, now, fails, params: { volumeId }, body: { size } }) {
      const { volume, state } = findVolume(project, volumeId, now);
      const extending = extendVolume(world, project, volume, state, size, { now, fails });
      return volumeView(volume, extending, world);
    },
  }),
];

/** A larger volume, in use or not. */
export function extendVolume(
  world: World,
  project: ProjectRecord,
  volume: VolumeRecord,
  state: VolumeState,
  size: number,
  { now, fails }: { now: number; fails: boolean },
): VolumeState {
  if (state.status !== 'available' && state.status !== 'in-use') {
    throw wrongState(world, `Volume ${volume.id} is ${state.status}, neither available nor in-use`);
  }
  const leaving = state.attachedTo.find((id) => isLeaving(project, id, now));
  if (leaving !== undefined) throw conflict(`Instance ${leaving} is being deleted`);
  if (size <= state.sizeGiB || size > volumeSizes.max) throw badRequest('Invalid value(s) received: size');
  const gigabytes = size - state.sizeGiB;
  const comesToNothing =
    checkVolumeQuota(world, project, volume.region, { count: 0, gigabytes }, now) || fails;
  if (!comesToNothing) project.usageIn(volume.region).add({ gigabytes });
  const extending = { ...state, status: 'extending' } as const;
  volume.states
    .set(now, extending)
    .set(
      now + world.delays.volumeMs,
      comesToNothing ? { ...state, status: 'error_extending' } : { ...state, sizeGiB: size },
    );
  return extending;
}

/** Most can be held by one instance only; shared ones by 16. */
function isFree({ type }: VolumeRecord, { status, attachedTo }: VolumeState, instanceId: string): boolean {
  if (status === 'available') return true;
  const isShared = type === 'classic-multiattach' && status === 'in-use';
  return isShared && attachedTo.length < 16 && !attachedTo.includes(instanceId);
}

/** The same region and, unless it is shared, the same zone; and a flavor that can have volumes at all. */
function checkPlaces(volume: VolumeRecord, instance: InstanceRecord): void {
  if (instance.region !== volume.region) {
    throw badRequest('invalid: Volume and instance are not in the same region');
  }
  const isElsewhere =
    volume.availabilityZone !== null && volume.availabilityZone !== instance.availabilityZone;
  if (isElsewhere && volume.type !== 'classic-multiattach') {
    throw badRequest('invalid: Volume and instance are not in the same availability zone');
  }
  const canHold = flavorsById
    .get(instance.flavorId)
    ?.capabilities.some(({ name, enabled }) => name === 'volume' && enabled);
  if (!canHold) throw badRequest('invalid: Flavor of the instance does not support volumes');
}

/** What a volume answers to a call that its state, or its instance's, does not allow. */
export function wrongState(world: World, message: string) {
  return refusal(world.switches.attachAgain === '400' ? '400' : '409', message);
}
