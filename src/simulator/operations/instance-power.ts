import { conflict } from '../http/api-error.ts';
import { inProject, type ProjectCall } from '../http/operation.ts';
import { oneOf } from '../http/parameters.ts';
import type { InstanceStatusEnum } from '../world/records.ts';
import { findInstance } from './instances.ts';

export const instancePowerOperations = [
  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/start',
    iam: 'instance/start',
    handle: ({ params, ...call }) =>
      change(call, params.instanceId, { from: ['SHUTOFF'], meanwhile: 'SHUTOFF', to: 'ACTIVE' }),
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/stop',
    iam: 'instance/stop',
    handle: ({ params, ...call }) =>
      change(call, params.instanceId, { from: ['ACTIVE'], meanwhile: 'ACTIVE', to: 'SHUTOFF' }),
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/reboot',
    iam: 'instance/reboot',
    body: { type: oneOf('cloud.instance.RebootTypeEnum', ['hard', 'soft']) },
    handle: ({ params, body, ...call }) =>
      body.type === 'soft'
        ? change(call, params.instanceId, { from: ['ACTIVE'], meanwhile: 'REBOOT', to: 'ACTIVE' })
        : change(call, params.instanceId, {
            from: ['ACTIVE', 'SHUTOFF'],
            meanwhile: 'HARD_REBOOT',
            to: 'ACTIVE',
          }),
  }),
];

/** What an act does: from which states, what shows meanwhile, and what it comes to. */
interface Change {
  from: InstanceStatusEnum[];
  meanwhile: InstanceStatusEnum;
  to: InstanceStatusEnum;
}

/** Power takes half as long as a boot. Anything that does not fit the state, or comes on top of it, is refused. */
export function change(
  { world, project, now, fails }: Pick<ProjectCall, 'world' | 'project' | 'now' | 'fails'>,
  id: string,
  { from, meanwhile, to }: Change,
): void {
  const {
    instance: { states },
    status,
  } = findInstance(project, id, now);
  if (!from.includes(status) || states.settledAt > now) {
    throw conflict(`Instance ${id} is ${status}, which does not allow it`);
  }
  states.set(now, meanwhile).set(now + world.delays.bootMs / 2, fails ? 'ERROR' : to);
}
