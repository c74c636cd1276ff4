import type {
  AddressKind,
  CheckedSpec,
  FloatingIpPlan,
  FloatingIpStatus,
  InstanceStatus,
  InstanceToCreate,
  Node,
  NodeSpec,
  Plan,
  VolumePlan,
  VolumeStatus,
  VolumeWanted,
} from '../contract/index.ts';
import { STEPS, durationMs } from '../contract/index.ts';
import { describeNode, wasAttached } from './engine/describe-node.ts';
import { inGuest, type GuestDone } from './engine/in-guest.ts';
import { mutate, mutateFirst, wait } from './engine/proxies.ts';
import { onNode } from './engine/on-node.ts';
import type { Saga } from './engine/saga.ts';
import { textsOf } from './engine/texts-of.ts';

/**
 * One instance and its data volumes, attached in the order of the spec: exactly what was asked for, or what was
 * there before. What is there already is adopted; what differs is left alone and said.
 */
export async function provisionNodeWithVolume(spec: NodeSpec): Promise<Node> {
  return onNode('provisionNodeWithVolume', spec, async (node) => {
    const { plan } = node;

    // Side by side: data volumes are built while the instance boots.
    const [{ instance, boot }, ...volumes] = await node.all<[Booted, ...VolumeStatus[]]>(
      () => instanceReady(node, plan, spec.userData ?? null),
      ...plan.volumes.map((volume) => () => volumeReady(node, volume)),
    );

    // One after the other, in the order of the spec.
    const data: VolumeStatus[] = [];
    for (const volume of volumes) data.push(await volumeAttached(node, plan, instance, volume));

    const reached = plan.floatingIp
      ? { ...instance, floatingIp: await floatingIpReady(node, plan.floatingIp, instance) }
      : instance;

    // Once OVH shows all of it, and nothing else of this node.
    const standing = await node.count({ instance: reached, boot, data }); // (rule 6)

    // Nobody can take back what runs in a guest, so it comes last.
    const guest = await guestReady(node, plan, standing.instance, spec);
    return describeNode(node, plan, standing, guest);
  });
}

type Provisioning = Saga<'provisionNodeWithVolume'>;
type Booted = { instance: InstanceStatus; boot: VolumeStatus | null };
/** From when, and until when, by Temporal's clock. */
type Time = { since: number; deadline: number };

/** The instance, once it runs and has the address that is needed; and the volume that it boots from, if it does. */
async function instanceReady(node: Provisioning, plan: Plan, userData: string | null): Promise<Booted> {
  const { place } = node.baseline;
  const boot = plan.boot && (await volumeReady(node, plan.boot));
  const time = timeFor('instance', node);
  const known =
    'existing' in plan.instance
      ? plan.instance.existing
      : await instanceMade(node, { ...plan.instance.wanted, userData, volumeId: boot?.id ?? null }, time);
  const instance = await node.step(
    STEPS.awaitInstance,
    wait.awaitInstance,
    { place, known, ...time, ...usual(plan.instance) },
    addressNeeded(node, plan),
  );
  // Nobody asks OVH to attach the boot volume: it comes with the instance.
  const attached = boot && (await attachmentSeen(node, instance, boot, timeFor('attach', node)));
  return { instance, boot: attached };
}

async function instanceMade(node: Provisioning, wanted: InstanceToCreate, time: Time) {
  const window = { ...time, lookedAt: node.baseline.lookedAt };
  const made = await node.create(STEPS.createInstance, mutateFirst.createInstance, wanted, window);
  return { ...made, flavorId: wanted.flavorId };
}

/** The volume, once it can be attached, or is attached already. */
async function volumeReady(node: Provisioning, planned: VolumePlan): Promise<VolumeStatus> {
  const { place } = node.baseline;
  const time = timeFor('volume', node);
  const known = 'existing' in planned ? planned.existing : await volumeMade(node, planned.wanted, time);
  const waited = { place, known, ...time, ...usual(planned) };
  return node.step(STEPS.awaitVolume(planned.volume), wait.awaitVolume, waited);
}

async function volumeMade(node: Provisioning, wanted: VolumeWanted, time: Time) {
  const { volume, type } = wanted;
  const window = { ...time, lookedAt: node.baseline.lookedAt };
  const made = await node.create(STEPS.createVolume(volume), mutate.createVolume, wanted, window);
  return { ...made, volume, type, own: true };
}

/** How long it usually takes, of what is made now: what stands is not waited for. */
function usual(planned: Plan['instance'] | VolumePlan): { usualMs?: number } {
  const usualMs = 'wanted' in planned ? planned.wanted.usualMs : undefined;
  return usualMs === undefined ? {} : { usualMs };
}

async function volumeAttached(
  node: Provisioning,
  plan: Plan,
  instance: InstanceStatus,
  volume: VolumeStatus,
): Promise<VolumeStatus> {
  const time = timeFor('attach', node);
  const attachment = {
    volumeId: volume.id,
    volumeName: volume.name,
    instanceId: instance.id,
    own: volume.own,
    wasAttached: wasAttached(plan, volume, instance),
    isFree: volume.status === 'available',
  };
  for (;;) {
    const act = { ...time, known: volume };
    const attached =
      (await node.attach(STEPS.attachVolume(volume.volume), mutate.attachVolume, attachment, act)) ??
      (await attachmentSeen(node, instance, volume, { ...time, asked: Date.now() }));
    if (attached) return attached;
    attachment.isFree = false;
  }
}

/** Null: OVH was `asked` and has let it come to nothing, so it must be asked again. */
async function attachmentSeen(
  node: Provisioning,
  instance: InstanceStatus,
  volume: VolumeStatus,
  time: Time & { asked?: number },
): Promise<VolumeStatus | null> {
  const { place } = node.baseline;
  const known = { ...volume, instanceId: instance.id };
  return node.step(STEPS.awaitAttach(volume.volume), wait.awaitAttached, { place, known, ...time });
}

/** At a private address of the instance, which must be there: a floating IP can neither be made nor be known without. */
async function floatingIpReady(
  node: Provisioning,
  plan: FloatingIpPlan,
  { id, name }: InstanceStatus,
): Promise<FloatingIpStatus> {
  if ('existing' in plan) return plan.existing;
  const time = timeFor('attach', node);
  const { place } = node.baseline;
  const { given, stood } = plan.wanted;
  const act = { ...plan.wanted, instance: { id, name } };
  const ip = given
    ? { id: given.id, name: given.ip, own: false }
    : await node.createFloatingIp(act, time).then(({ isProven: own, ...made }) => ({ ...made, own }));
  for (;;) {
    if (given) await node.associateFloatingIp(act, time);
    const tied = await node.step(STEPS.awaitFloatingIp, wait.awaitFloatingIp, {
      place,
      known: {
        id: ip.id,
        name: ip.name,
        own: ip.own,
        instanceId: id,
        stood,
        ...(given && { asked: Date.now() }),
      },
      ...time,
    });
    if (tied) return tied;
  }
}

/** Where the guest is asked something it must have the address that it is asked at. */
function addressNeeded({ request }: Provisioning, { guest }: Plan): AddressKind {
  if (guest) {
    // What it is reached at from outside comes in at the private one.
    const hasPublic = request.networks.some((network) => 'public' in network);
    return hasPublic ? guest.address : 'private';
  }
  return request.ready.until === 'active' ? 'active' : 'address';
}

async function guestReady(
  node: Provisioning,
  { guest, login }: Plan,
  instance: InstanceStatus,
  spec: NodeSpec,
): Promise<GuestDone> {
  if (!guest) return { hostKey: null, cloudInit: null, deploy: [] };
  const { ready, deploy, run } = node.request;
  const texts = textsOf(spec.deploy?.steps);
  return inGuest(node, {
    ...{ plan: guest, instance, login, ready, patience: run.deadlines.ready },
    ...{ as: deploy.as, steps: deploy.steps, texts, again: null },
  });
}

/** From now on, for as long as the spec allows for it. */
function timeFor(what: keyof CheckedSpec['run']['deadlines'], { request }: Provisioning): Time {
  const since = Date.now();
  return { since, deadline: since + durationMs(request.run.deadlines[what]) };
}
