import type {
  AddressKind,
  InstanceStatus,
  Node,
  NodeSpec,
  Plan,
  Standing,
  VolumePlan,
  VolumeStatus,
} from '../contract/index.ts';
import { STEPS, durationMs, nodeFrom } from '../contract/index.ts';
import { workflowInfo } from '@temporalio/workflow';
import { inGuest, type GuestDone } from './engine/in-guest.ts';
import { mutate, mutateFirst, observe } from './engine/proxies.ts';
import { onNode } from './engine/on-node.ts';
import type { Saga } from './engine/saga.ts';
import { textsOf } from './engine/texts-of.ts';

/**
 * One instance and its data volumes, attached in the order of the spec: exactly what was asked for, or what was
 * there before. What is there already is adopted; what differs is left alone and said.
 */
export async function provisionNodeWithVolume(spec: NodeSpec): Promise<Node> {
  return onNode('provisionNodeWithVolume', spec, async (node) => {
    const plan = await node.step(STEPS.preflight, observe.preflight, node.request, node.baseline);

    // Side by side: data volumes are built while the instance boots.
    const [{ instance, boot }, ...volumes] = await node.all<[Booted, ...VolumeStatus[]]>(
      () => instanceReady(node, plan, spec.userData ?? null),
      ...plan.volumes.map((volume) => () => volumeReady(node, volume)),
    );

    const data: VolumeStatus[] = [];
    for (const volume of volumes) data.push(await volumeAttached(node, plan, instance, volume));

    const standing = await node.count({ instance, boot, data }); // (rule 6)
    // Nobody can take back what runs in a guest, so it comes last.
    return describeNode(node, plan, standing, await guestReady(node, plan, standing.instance, spec));
  });
}

type Provisioning = Saga<'provisionNodeWithVolume'>;
type Booted = { instance: InstanceStatus; boot: VolumeStatus | null };

async function instanceReady(node: Provisioning, plan: Plan, userData: string | null): Promise<Booted> {
  const { place, lookedAt } = node.baseline;
  const boot = plan.boot && (await volumeReady(node, plan.boot));
  const window = deadline(node.request.run.deadlines.instance);
  const known =
    'existing' in plan.instance
      ? plan.instance.existing
      : {
          ...(await node.create(
            STEPS.createInstance,
            mutateFirst.createInstance,
            { ...plan.instance.wanted, userData, volumeId: boot?.id ?? null },
            { ...window, lookedAt },
          )),
          flavorId: plan.instance.wanted.flavorId,
        };
  const instance = await node.step(
    STEPS.awaitInstance,
    observe.awaitInstance,
    { place, known, ...window },
    addressKind(node, plan),
  );
  // Nobody asked to attach it: it comes with the instance.
  const attached = boot && (await attachmentSeen(node, instance, boot, attachWindow(node)));
  return { instance, boot: attached };
}

async function volumeReady(node: Provisioning, volume: VolumePlan): Promise<VolumeStatus> {
  const window = deadline(node.request.run.deadlines.volume);
  const { place, lookedAt } = node.baseline;
  const known =
    'existing' in volume
      ? volume.existing
      : {
          ...(await node.create(STEPS.createVolume(volume.volume), mutate.createVolume, volume.wanted, {
            ...window,
            lookedAt,
          })),
          volume: volume.volume,
          type: volume.wanted.type,
          own: true,
        };
  return node.step(STEPS.awaitVolume(volume.volume), observe.awaitVolume, { place, known, ...window });
}

async function volumeAttached(
  node: Provisioning,
  plan: Plan,
  instance: InstanceStatus,
  volume: VolumeStatus,
): Promise<VolumeStatus> {
  const window = attachWindow(node);
  const attachment = {
    volumeId: volume.id,
    volumeName: volume.name,
    instanceId: instance.id,
    own: volume.own,
    wasAttached: wasAttached(plan, volume, instance),
    isFree: volume.status === 'available',
  };
  for (;;) {
    await node.attach(STEPS.attachVolume(volume.volume), mutate.attachVolume, attachment, window);
    const attached = await attachmentSeen(node, instance, volume, { ...window, asked: Date.now() });
    if (attached) return attached;
    attachment.isFree = false;
  }
}

/** Null: OVH was `asked` and has let it come to nothing, so it must be asked again. */
async function attachmentSeen(
  node: Provisioning,
  instance: InstanceStatus,
  volume: VolumeStatus,
  window: { since: number; deadline: number; asked?: number },
): Promise<VolumeStatus | null> {
  const { place } = node.baseline;
  return node.step(STEPS.awaitAttach(volume.volume), observe.awaitAttached, {
    place,
    known: { ...volume, instanceId: instance.id },
    ...window,
  });
}

const attachWindow = ({ request }: Provisioning) => deadline(request.run.deadlines.attach);

/** Where the guest is asked something it must have the address that it is asked at. */
function addressKind({ request }: Provisioning, { guest }: Plan): AddressKind {
  if (guest) return guest.address;
  return request.ready.until === 'active' ? 'active' : 'address';
}

async function guestReady(
  node: Provisioning,
  { guest, login }: Plan,
  instance: InstanceStatus,
  spec: NodeSpec,
): Promise<GuestDone> {
  const { ready, deploy, run } = node.request;
  if (!guest || !deploy) return { hostKey: null, cloudInit: null, deploy: [] };
  const { as, steps } = deploy;
  const texts = textsOf(spec.deploy?.steps);
  return inGuest(node, {
    ...{ plan: guest, instance, login, ready, patience: run.deadlines.ready },
    ...{ as, steps, texts, again: null },
  });
}

function deadline(duration: string): { since: number; deadline: number } {
  return { since: Date.now(), deadline: Date.now() + durationMs(duration) };
}

function wasAttached({ boot, volumes }: Plan, { volume }: VolumeStatus, instance: InstanceStatus): boolean {
  const planned = [boot, ...volumes].find((candidate) => candidate?.volume === volume);
  return Boolean(planned && 'existing' in planned && planned.existing.attachedTo.includes(instance.id));
}

/** A machine that was made just now has the key that it was given; another one of these. */
function knownKeys({ instance, hostKeys = [] }: Plan): string[] {
  if (!('wanted' in instance)) return hostKeys;
  const given = instance.wanted.hostKey;
  return typeof given === 'string' ? [given] : hostKeys;
}

function describeNode(
  node: Provisioning,
  plan: Plan,
  { instance, boot, data }: Standing,
  { hostKey, cloudInit, deploy }: GuestDone,
): Node {
  const { request, baseline, made } = node;
  const { workflowId, runId } = workflowInfo();
  const nothingBefore = baseline.instances.length === 0 && baseline.volumes.length === 0;
  const allBefore = made.length === 0 && data.every((volume) => wasAttached(plan, volume, instance));
  return nodeFrom(
    request,
    instance,
    { boot, data },
    {
      outcome: nothingBefore ? 'created' : allBefore ? 'adopted' : 'completed',
      outcomeOf: (id) => (made.some((created) => created.id === id) ? 'created' : 'adopted'),
      login: plan.login,
      labels: request.labels,
      price: plan.price,
      timing: node.timing(),
      run: { workflowId, runId },
      ssh: request.ssh,
      hostKeys: hostKey === null ? knownKeys(plan) : [hostKey],
      cloudInit,
      deploy,
    },
  );
}
