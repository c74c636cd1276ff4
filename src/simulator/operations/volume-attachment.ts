import { badRequest, conflict, refusal } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { long, string } from '../http/parameters.ts';
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
      const isAgain = state.attachedTo === instanceId || state.attachingTo === instanceId;
      if (isAgain && world.switches.attachAgain === 'ok') return volumeView(volume, state, world);
      if (state.status !== 'available') {
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, not available`);
      }
      if (instance.region !== volume.region) {
        throw badRequest('invalid: Volume and instance are not in the same region');
      }
      if (status !== 'ACTIVE' || instance.states.settledAt > now) {
        throw wrongState(world, `Instance ${instanceId} is ${status}, not ready for a volume`);
      }
      const { sizeGiB } = state;
      const attaching = { status: 'attaching', attachedTo: null, attachingTo: instanceId, sizeGiB } as const;
      volume.states
        .set(now, attaching)
        .set(
          now + world.delays.attachMs,
          fails
            ? { status: 'available', attachedTo: null, sizeGiB }
            : { status: 'in-use', attachedTo: instanceId, sizeGiB },
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
      if (state.attachedTo !== instanceId)
        throw badRequest(`Volume ${volumeId} is not attached to ${instanceId}`);
      if (isLeaving(project, instanceId, now)) throw conflict(`Instance ${instanceId} is being deleted`);
      const detaching = { ...state, status: 'detaching' } as const;
      volume.states
        .set(now, detaching)
        .set(
          now + world.delays.attachMs,
          fails ? state : { status: 'available', attachedTo: null, sizeGiB: state.sizeGiB },
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
      if (state.status !== 'available' && state.status !== 'in-use') {
        throw wrongState(world, `Volume ${volumeId} is ${state.status}, neither available nor in-use`);
      }
      if (state.attachedTo !== null && isLeaving(project, state.attachedTo, now)) {
        throw conflict(`Instance ${state.attachedTo} is being deleted`);
      }
      if (size <= state.sizeGiB || size > volumeSizes.max)
        throw badRequest('Invalid value(s) received: size');
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
      return volumeView(volume, extending, world);
    },
  }),
];

/** What a volume answers to a call that its state, or its instance's, does not allow. */
function wrongState(world: World, message: string) {
  return refusal(world.switches.attachAgain === '400' ? '400' : '409', message);
}
