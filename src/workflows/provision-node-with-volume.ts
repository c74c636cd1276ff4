import type { CheckedSpec, InstanceStatus, Node, NodeSpec, Plan, VolumeStatus } from '../contract/index.ts';
import { durationMs, nodeFrom } from '../contract/index.ts';
import { workflowInfo } from '@temporalio/workflow';
import { mutate, observe } from './patience.ts';
import { onNode, type Saga } from './saga.ts';

/**
 * One instance and its data volumes, attached in the order of the spec: exactly what was asked for, or what was
 * there before. What is there already is adopted; what differs is left alone and said.
 */
export async function provisionNodeWithVolume(spec: NodeSpec): Promise<Node> {
  return onNode<CheckedSpec, Node>('provisionNodeWithVolume', spec, async (node) => {
    const plan = await node.step('preflight', observe.preflight, node.request, node.baseline);

    // Side by side: volumes are built while the instance boots.
    const [instance, ...volumes] = await node.all<[InstanceStatus, ...VolumeStatus[]]>(
      () => instanceReady(node, plan, spec.userData ?? null),
      ...plan.volumes.map((volume) => () => volumeReady(node, volume)),
    );

    const attached: VolumeStatus[] = [];
    for (const volume of volumes) attached.push(await volumeAttached(node, instance, volume));

    await node.count();
    return describeNode(node, instance, attached);
  });
}

type Provisioning = Saga<CheckedSpec>;

async function instanceReady(
  node: Provisioning,
  plan: Plan,
  userData: string | null,
): Promise<InstanceStatus> {
  const window = deadline(node.request.run.deadlines.instance);
  const { place } = node.baseline;
  const known =
    'existing' in plan.instance
      ? plan.instance.existing
      : await node.create(
          'create-instance',
          mutate.createInstance,
          { ...plan.instance.wanted, userData },
          window,
        );
  return node.step(
    'await-instance',
    observe.awaitInstance,
    { place, known, ...window },
    node.request.ready.until,
  );
}

async function volumeReady(node: Provisioning, volume: Plan['volumes'][number]): Promise<VolumeStatus> {
  const window = deadline(node.request.run.deadlines.volume);
  const { place } = node.baseline;
  const known =
    'existing' in volume
      ? volume.existing
      : await node.create(`create-volume-${volume.volume}`, mutate.createVolume, volume.wanted, window);
  return node.step(`await-volume-${volume.volume}`, observe.awaitVolume, { place, known, ...window });
}

async function volumeAttached(
  node: Provisioning,
  instance: InstanceStatus,
  volume: VolumeStatus,
): Promise<VolumeStatus> {
  const window = deadline(node.request.run.deadlines.attach);
  const { place } = node.baseline;
  await node.attach(`attach-volume-${volume.volume}`, mutate.attachVolume, {
    volumeId: volume.id,
    volumeName: volume.name,
    instanceId: instance.id,
  });
  const known = { ...volume, instanceId: instance.id };
  return node.step(`await-attach-${volume.volume}`, observe.awaitAttached, { place, known, ...window });
}

function deadline(duration: string): { since: number; deadline: number } {
  return { since: Date.now(), deadline: Date.now() + durationMs(duration) };
}

function describeNode(node: Provisioning, instance: InstanceStatus, volumes: VolumeStatus[]): Node {
  const { request, baseline, made } = node;
  const { workflowId, runId } = workflowInfo();
  const nothingBefore = baseline.instances.length === 0 && baseline.volumes.length === 0;
  const wasAttached = ({ id }: VolumeStatus) =>
    baseline.volumes.find((before) => before.id === id)?.attachedTo.includes(instance.id) ?? false;
  const allBefore = made.length === 0 && volumes.every(wasAttached);
  return nodeFrom(request, instance, volumes, {
    outcome: nothingBefore ? 'created' : allBefore ? 'adopted' : 'completed',
    outcomeOf: (id) => made.find((created) => created.id === id)?.outcome ?? 'adopted',
    labels: request.labels,
    timing: node.timing(),
    run: { workflowId, runId },
  });
}
