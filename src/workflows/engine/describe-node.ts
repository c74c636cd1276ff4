import { workflowInfo } from '@temporalio/workflow';
import { nodeFrom } from '../../contract/index.ts';
import type { InstanceStatus, Node, Plan, Standing, VolumeStatus } from '../../contract/index.ts';
import type { GuestDone } from './in-guest.ts';
import type { Saga } from './saga.ts';

/** The answer of a provisioning: what stands, and what this run has made of it. */
export function describeNode(
  node: Saga<'provisionNodeWithVolume'>,
  plan: Plan,
  { instance, boot, data }: Standing,
  { hostKey, cloudInit, deploy }: GuestDone,
): Node {
  const { request, baseline, made } = node;
  const { workflowId, runId } = workflowInfo();
  const nothingBefore = baseline.instances.length === 0 && baseline.volumes.length === 0;
  const allBefore =
    made.length === 0 &&
    data.every((volume) => wasAttached(plan, volume, instance)) &&
    !(plan.floatingIp && 'wanted' in plan.floatingIp);
  const seen = nodeFrom(
    request,
    instance,
    { boot, data },
    {
      outcomeOf: (id) => (made.some((created) => created.id === id) ? 'created' : 'adopted'),
      login: plan.login,
      price: plan.price,
      ssh: request.ssh,
      hostKeys: hostKey === null ? knownKeys(plan) : [hostKey],
      cloudInit,
      deploy,
    },
  );
  return {
    ...seen,
    outcome: nothingBefore ? 'created' : allBefore ? 'adopted' : 'completed',
    labels: request.labels,
    timing: node.timing(),
    run: { workflowId, runId },
  };
}

/** Whether the volume was attached to the instance before the run, which an undo leaves so. */
export function wasAttached(
  { boot, volumes }: Plan,
  { volume }: VolumeStatus,
  instance: InstanceStatus,
): boolean {
  const planned = [boot, ...volumes].find((candidate) => candidate?.volume === volume);
  return Boolean(planned && 'existing' in planned && planned.existing.attachedTo.includes(instance.id));
}

/** A machine that was made just now has the key that it was given; another has one of these. */
function knownKeys({ instance, hostKeys }: Plan): string[] {
  const given = 'wanted' in instance ? instance.wanted.hostKey : null;
  return given === null ? hostKeys : [given];
}
