import {
  BOOT_VOLUME,
  floatingNetwork,
  type Baseline,
  type CheckedSpec,
  type InstanceWanted,
  type InstanceStatus,
  type OwnVolumeSpec,
  type Place,
  type Plan,
  type VolumePlan,
} from '../contract/index.ts';
import type { Client } from '@temporalio/client';
import { required } from '../contract/required.ts';
import type { GuestAccess } from './guest/guest-access.ts';
import { hostKeysOf, planGuest } from './guest/plan-guest.ts';
import { differencesOf, differencesSentence, privateNetwork } from './preflight/differences.ts';
import { unlessDown } from './preflight/down-region.ts';
import { instanceWireName, volumeWireName } from '../identity/mark.ts';
import { findImage, imagesFor } from './preflight/pick-image.ts';
import { withFloatingIp } from './inventory/floating-ips.ts';
import { NodeMemory } from './proof/node-memory.ts';
import { priceOf } from './preflight/price.ts';
import { instanceKind, volumeKind, type UsualTimes } from './looking/usual-times.ts';
import type { ServedProject } from './project.ts';
import { isAnyMissing, resolveNames, type Missing, type Resolved } from './preflight/resolve.ts';
import { finalFailure, orInvalidSpec } from './exactly-once/to-failure.ts';
import type { UserDataSource } from './user-data/user-data-source.ts';
import { bringsHostKeys, OWN_HOST_KEYS_SENTENCE } from './user-data/own-host-keys.ts';
import { mergeUserData, type LoginData } from './user-data/user-data.ts';

export interface NodePlannerDependencies {
  /** For whose a floating IP is: it carries no name. */
  temporal: Client;
  userDataSource: UserDataSource;
  guests: GuestAccess;
}

export function nodePlanner({ temporal, userDataSource, guests }: NodePlannerDependencies) {
  return {
    /**
     * What is missing, with every name resolved to an id. Refuses what cannot be with all that is wrong in one
     * message, before anything is changed. When all is there, neither stock nor quota is asked. Reads only.
     */
    async planNode(project: ServedProject, spec: CheckedSpec, baseline: Baseline): Promise<Plan> {
      const instance = await standingInstance(project, spec, baseline);
      await refuseDifferences(project, spec, {
        ...baseline,
        instances: instance ? [instance, ...baseline.instances.slice(1)] : [],
      });

      const missing: Missing = {
        instance: instance === undefined,
        boot: spec.bootVolume !== null && !inBaseline(baseline, BOOT_VOLUME),
        volumes: spec.volumes.filter(isOwn).filter(({ name }) => !inBaseline(baseline, name)),
        floatingIp: floatingNetwork(spec.networks) !== undefined && instance?.floatingIp === undefined,
      };
      const login = loginData(guests, spec, baseline.place);
      if (missing.instance) await refuseUserData(spec, login);
      const resolved = await unlessDown(
        project,
        spec.region,
        () => resolveNames(project, spec, baseline, missing),
        async () => isAnyMissing(missing),
      );
      const planned = new Planning(spec, baseline, { resolved, login, times: project.times });
      const user = await loginOf(project, spec);
      return {
        boot: planned.boot(),
        instance: instance ? { existing: instance } : { wanted: planned.instance() },
        volumes: spec.volumes.map((volume) => planned.volume(volume)),
        ...(await floatingIpPlan(temporal, baseline.place, resolved, instance)),
        login: user,
        ...(await guestPlans(project, { spec, place: baseline.place, login: user, resolved, instance })),
        price: await priceOf(project, {
          region: spec.region,
          flavorId: resolved.flavor?.id ?? instance?.flavorId ?? null,
          monthly: instance?.monthly ?? spec.billing === 'monthly',
          volumes: [...spec.volumes.filter(isOwn), ...(spec.bootVolume ? [spec.bootVolume] : [])],
        }),
      };
    },
  };

  /** What only the worker reads: it may be larger than OVH takes, or bring host keys. */
  async function refuseUserData(spec: CheckedSpec, login: LoginData): Promise<void> {
    const own = spec.userDataFrom === null ? null : await userDataSource.read(spec.userDataFrom);
    if (login.hostKey && (spec.bringsHostKeys || bringsHostKeys(own)))
      throw finalFailure('InvalidSpec', OWN_HOST_KEYS_SENTENCE);
    if (own !== null) orInvalidSpec(() => mergeUserData(own, spec.hostname ?? spec.name, login));
  }

  /** How the guest is reached, where anybody asks it anything. */
  async function guestPlans(
    project: ServedProject,
    given: {
      spec: CheckedSpec;
      place: Place;
      login: string | null;
      resolved: Resolved;
      instance: InstanceStatus | undefined;
    },
  ): Promise<Pick<Plan, 'guest' | 'hostKeys'>> {
    const { spec, place, login, resolved, instance } = given;
    const { ssh, deploy, ready, sshKey } = spec;
    const known = instance ? instance.imageUser : (resolved.image?.user ?? login);
    const keys = instance || spec.hasUserData ? undefined : await keysOf(project, spec);
    return {
      guest: await planGuest(guests, place, { ssh, deploy, ready, sshKey }, { login: known, keys }),
      hostKeys: hostKeysOf(guests, place.mark, ssh.hostKey),
    };
  }
}

/** Whom a new machine lets in that takes no user data of the user's own. */
async function keysOf(project: ServedProject, { sshKey, deploy, region }: CheckedSpec): Promise<string[]> {
  const keys = sshKey === null ? [] : await project.catalogue.sshKeys(region);
  const named = keys.filter(({ name }) => name === sshKey).map(({ publicKey }) => publicKey);
  return [...named, ...authorizedKeysOf(deploy)];
}

/** How a new machine proves itself, and whom it lets in beside the project's key. */
function loginData(guests: GuestAccess, { ssh, deploy }: CheckedSpec, { mark }: Place): LoginData {
  const [hostKey] = ssh.hostKey === 'derived' ? guests.hostKeys(mark) : [];
  return { ...(hostKey && { hostKey }), authorizedKeys: authorizedKeysOf(deploy) };
}

function authorizedKeysOf(deploy: CheckedSpec['deploy']): string[] {
  return deploy.steps.flatMap((step) => ('authorizedKey' in step ? [step.authorizedKey] : []));
}

function isOwn(volume: CheckedSpec['volumes'][number]): volume is OwnVolumeSpec {
  return volume.id === null;
}

function inBaseline({ volumes }: Baseline, name: string): boolean {
  return volumes.some(({ volume }) => volume === name);
}

/** What is there is taken; of what is not, everything is said that its creation needs. */
class Planning {
  readonly #spec: CheckedSpec;
  readonly #baseline: Baseline;
  readonly #resolved: Resolved;
  readonly #login: LoginData;
  readonly #times: UsualTimes;

  constructor(
    spec: CheckedSpec,
    baseline: Baseline,
    { resolved, login, times }: { resolved: Resolved; login: LoginData; times: UsualTimes },
  ) {
    this.#spec = spec;
    this.#baseline = baseline;
    this.#resolved = resolved;
    this.#login = login;
    this.#times = times;
  }

  instance(): InstanceWanted {
    const { name, flavor, image, bootVolume, region, hostname, billing, userDataFrom } = this.#spec;
    const { place } = this.#baseline;
    const { sshKey, networks, groupId } = this.#resolved;
    const wireName = instanceWireName(place);
    const source = bootVolume ? `${bootVolume.image} on a volume` : image;
    const { id: flavorId } = required(this.#resolved.flavor, 'the flavor');
    return {
      place,
      about: `instance ${wireName} (${flavor}, ${source}, ${region})`,
      flavorId,
      imageId: bootVolume ? null : this.#imageId(),
      sshKey,
      networks,
      groupId,
      availabilityZone: this.#resolved.availabilityZone,
      monthlyBilling: billing === 'monthly',
      hostname: hostname ?? name,
      userDataFrom,
      hostKey: this.#login.hostKey?.publicKey ?? null,
      authorizedKeys: [...(this.#login.authorizedKeys ?? [])],
      ...this.#usual(instanceKind(this.#spec.ready.until, region, flavorId)),
    };
  }

  boot(): VolumePlan | null {
    const { bootVolume } = this.#spec;
    if (!bootVolume) return null;
    const { image: _image, ...rest } = bootVolume;
    return this.#own({ ...rest, name: BOOT_VOLUME, fromSnapshot: null, id: null }, () => this.#imageId());
  }

  volume(volume: CheckedSpec['volumes'][number]): VolumePlan {
    if (isOwn(volume)) return this.#own(volume, () => null);
    const existing = this.#resolved.foreign.get(volume.name);
    if (!existing) throw new Error(`volume ${volume.id} was not looked at`);
    return { volume: volume.name, existing };
  }

  #imageId(): string {
    return required(this.#resolved.image, 'the image').id;
  }

  /** `imageId` is asked only of a volume that is to be made: nothing else has its image resolved. */
  #own({ name: volume, size, type, onDestroy }: OwnVolumeSpec, imageId: () => string | null): VolumePlan {
    const existing = this.#baseline.volumes.find((candidate) => candidate.volume === volume);
    if (existing) return { volume, existing };
    const { place } = this.#baseline;
    const name = volumeWireName(place, volume);
    const wanted = {
      place,
      about: `volume ${name} (${size} GiB, ${type})`,
      volume,
      onDestroy,
      size,
      type,
      availabilityZone: this.#resolved.availabilityZone,
      imageId: imageId(),
      snapshotId: this.#resolved.snapshots.get(volume) ?? null,
      ...this.#usual(volumeKind('available', place.region, type)),
    };
    return { volume, wanted };
  }

  #usual(kind: string): { usualMs?: number } {
    const medianMs = this.#times.of(kind)?.medianMs;
    return medianMs === undefined ? {} : { usualMs: Math.round(medianMs) };
  }
}

/** OVH does not say of an instance on a volume which image that was made from. */
async function loginOf(project: ServedProject, { bootVolume, region }: CheckedSpec): Promise<string | null> {
  if (!bootVolume) return null;
  const images = await imagesFor(project.catalogue, region, bootVolume.image);
  return findImage(images, bootVolume.image)?.user ?? null;
}

async function refuseDifferences(
  project: ServedProject,
  spec: CheckedSpec,
  baseline: Baseline,
): Promise<void> {
  const asksNetworks = baseline.instances.length > 0 && spec.networks.some((network) => 'network' in network);
  const networks = asksNetworks ? await project.catalogue.networks() : [];
  const differences = differencesOf(spec, baseline, networks);
  if (differences.length > 0)
    throw finalFailure(
      'NodeDiffers',
      `node ${spec.name} exists and differs: ${differencesSentence(differences)}; nothing was touched`,
    );
}

/** The instance that the baseline saw; with what comes in at it, where the spec asks for that. */
async function standingInstance(
  project: ServedProject,
  { networks, region }: CheckedSpec,
  { instances: [instance] }: Baseline,
): Promise<InstanceStatus | undefined> {
  const wanted = floatingNetwork(networks);
  if (!instance || !wanted) return instance;
  const network = privateNetwork(await project.catalogue.networks(), wanted.network, region);
  return withFloatingIp(project, region, instance, network?.openstackId ?? undefined);
}

/** What comes in is taken as it is; whose it is only Temporal can remember. */
async function floatingIpPlan(
  temporal: Client,
  place: Place,
  { floatingIp: missing }: Resolved,
  instance: InstanceStatus | undefined,
): Promise<Pick<Plan, 'floatingIp'>> {
  const existing = instance?.floatingIp;
  if (!existing) return missing ? { floatingIp: missing } : {};
  const memory = await NodeMemory.of(temporal, place);
  const own = (await memory.makerOf({ ...existing, at: instance.id })) !== undefined;
  return { floatingIp: { existing: { ...existing, own } } };
}
