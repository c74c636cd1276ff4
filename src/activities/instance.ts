import type {
  Awaited,
  Created,
  InstanceStatus,
  InstanceToCreate,
  Place,
  AddressKind,
  ServerTime,
} from '../contract/index.ts';
import { timing } from '../contract/timing.ts';
import type { Instance, InstanceRequest, MutateOptions, RegionalInstanceRequest } from '../ovh/index.ts';
import { Attempt } from './exactly-once/attempt.ts';
import type { GuestAccess } from './guest/guest-access.ts';
import { instanceIsAlive } from './inventory/alive.ts';
import { createOnce, type CreateMemory, type CreateWindow, type Found } from './exactly-once/create-once.ts';
import { instanceWireName } from '../identity/mark.ts';
import { aliveMarked, identifiersOf } from './inventory/marked.ts';
import { isWorking, madeBy } from './looking/operations.ts';
import type { PauseWatch } from './exactly-once/pause-watch.ts';
import type { ServedProject, ServedProjects } from './project.ts';
import { ownProject } from './proof/own-project.ts';
import { instanceStatus } from './inventory/status.ts';
import { givenBack, orInvalidSpec, orWorkerFault } from './exactly-once/to-failure.ts';
import type { UserDataSource } from './user-data/user-data-source.ts';
import { mergeUserData } from './user-data/user-data.ts';
import { instanceKind } from './looking/usual-times.ts';
import { isFor, isOrdered, waitFor, type Judgement, type Ordered } from './looking/wait-for.ts';

interface InstanceDependencies {
  projects: ServedProjects;
  pauses: PauseWatch;
  userDataSource: UserDataSource;
  guests: GuestAccess;
}

export function instanceActivities({ projects, pauses, userDataSource, guests }: InstanceDependencies) {
  return {
    /** Creates the instance. Safe to repeat: it looks for its own before it posts, by a name that no other run gives. */
    async createInstance(wanted: InstanceToCreate, { deadline, lookedAt }: CreateWindow): Promise<Created> {
      const { place } = wanted;
      const attempt = new Attempt<CreateMemory>(pauses);
      const project = ownProject(projects, place, attempt);
      const name = instanceWireName(place);
      return createOnce({
        kind: 'instance',
        name,
        attempt,
        settleMs: project.settleMs,
        deadline,
        lookedAt,
        find: () => findInstance(project, place),
        post: async (options) => {
          // Not before the look: a worker that cannot read it must not forget what an earlier request may have made.
          const userData = await userDataOf(wanted, userDataSource, guests);
          return project.catalogue.ordering(() => postInstance(project, wanted, { name, userData }, options));
        },
        madeBy: (operationId) => madeBy(project, place.region, operationId, 'instance'),
        isWorking: (by) => isWorking(project, place.region, by),
      });
    },

    /** Waits until the instance is ACTIVE and, if asked, has an address. Reads only. */
    async awaitInstance(
      { place, known, since, deadline }: Awaited<Ordered & { flavorId?: string | null }>,
      until: AddressKind,
    ): Promise<InstanceStatus> {
      const attempt = new Attempt(pauses);
      const project = ownProject(projects, place);
      const watcher = project.instances(place.region);
      const kindOf = ({ flavorId }: Pick<Instance, 'flavorId'>) =>
        instanceKind(until, place.region, flavorId);
      const patienceMs = Math.min(project.settleMs, timing.stoppedMs);
      let stoppedSince: ServerTime | undefined;
      const judge = async (listed: Instance): Promise<Judgement<InstanceStatus>> => {
        // Lists lag: what ends a run badly is confirmed by id.
        const seen = isBad(listed) ? ((await watcher.find(known.id)) ?? listed) : listed;
        const subject = `instance ${known.name} (${known.id})`;
        if (seen.status === 'ERROR')
          return {
            failed: 'InstanceFailed',
            message: `OVH put ${subject} in ERROR; its API does not say why`,
          };
        if (!instanceIsAlive(seen))
          return { failed: 'InstanceFailed', message: `${subject} is ${seen.status}: somebody deleted it` };
        if (!isPending(seen, until)) return { done: await instanceStatus(project, seen) };
        stoppedSince = STOPPED.has(seen.status) ? (stoppedSince ?? attempt.now()) : undefined;
        if (stoppedSince !== undefined && attempt.now() - stoppedSince >= patienceMs)
          return { failed: 'InstanceFailed', message: `${subject} is ${seen.status}: somebody stopped it` };
        const what = seen.status === 'ACTIVE' ? `ACTIVE without ${ADDRESS_OF[until]}` : seen.status;
        const why = stoppedSince === undefined ? '' : ': somebody stopped it; start it, or the run fails';
        const pending = `instance ${known.name} ${isFor(what, since, attempt.now())}${why}`;
        return { pending, ovhStatus: seen.status };
      };
      return watcher.waiting(() =>
        waitFor<Instance, InstanceStatus>({
          attempt,
          subject: `instance ${known.name} (${known.id})`,
          since,
          deadline,
          settleMs: project.settleMs,
          gone: 'InstanceFailed',
          look: (withinMs) => attempt.heeding((signal) => watcher.look(known.id, { withinMs, signal })),
          confirm: () => watcher.confirm(known.id),
          judge,
          usually: {
            wanted: 'ACTIVE',
            times: project.times,
            kindOf,
            kind: isOrdered(known) ? kindOf({ flavorId: known.flavorId ?? null }) : undefined,
            firstMs: project.firstLooks.instance,
            sharers: () => watcher.sharers,
            lookers: () => project.workers(),
          },
        }),
      );
    },
  };
}

/** OVH puts no new instance there by itself: somebody has. */
const STOPPED = new Set(['SHUTOFF', 'STOPPED', 'PAUSED', 'SUSPENDED', 'SHELVED', 'SHELVED_OFFLOADED']);

/** What it may be ACTIVE without. */
const ADDRESS_OF: Record<AddressKind, string> = {
  active: 'anything missing',
  address: 'an address',
  public: 'a public address',
  private: 'a private address',
};

function isBad({ status }: Instance): boolean {
  return status === 'ERROR' || !instanceIsAlive({ status });
}

/** What nobody has heard of is pending, too. */
function isPending({ status, ipAddresses }: Instance, until: AddressKind): boolean {
  if (status !== 'ACTIVE') return true;
  if (until === 'public' || until === 'private') return ipAddresses.every(({ type }) => type !== until);
  return until === 'address' && ipAddresses.length === 0;
}

/** What lists show of the node's instances, confirmed by id. One that has failed is found, too: its wait judges it. */
async function findInstance(project: ServedProject, place: Place): Promise<Found> {
  const { instances } = await aliveMarked(project, place, 'instance');
  const name = instanceWireName(place);
  const others = instances.filter((instance) => instance.name !== name);
  const own = instances.filter((instance) => instance.name === name); // (rule 17)
  return {
    // Of two that OVH made of one POST the count deletes the other.
    own: own.find(({ status }) => status !== 'ERROR') ?? own[0],
    others: identifiersOf({ instances: others, volumes: [] }),
  };
}

/** What is not taken from what was sent: the name is computed from the place, user data may be the worker's. */
type MadeHere = { name: string; userData: string | undefined };

async function userDataOf(
  { place, userData, userDataFrom, hostname, hostKey, authorizedKeys }: InstanceToCreate,
  source: UserDataSource,
  guests: GuestAccess,
): Promise<string | undefined> {
  const own = userDataFrom === null ? userData : await orWorkerFault(() => source.read(userDataFrom));
  const brought =
    hostKey === null ? null : guests.hostKeys(place.mark).find(({ publicKey }) => publicKey === hostKey);
  if (brought === undefined) throw givenBack('WrongWorker', OTHER_SECRET, timing.wrongWorkerMs);
  return orInvalidSpec(() =>
    mergeUserData(own, hostname, { ...(brought && { hostKey: brought }), authorizedKeys }),
  );
}

/** The plan was made by a worker with another secret: nothing is made until one that has it comes by. */
const OTHER_SECRET =
  'this worker derives another host key than the one that was decided on; give all workers of the queue the same MOORING_HOST_KEY_SECRET';

/** Which subnet an address is taken from can only be said in OVH's regional call, which answers with an operation. */
async function postInstance(
  project: ServedProject,
  wanted: InstanceToCreate,
  made: MadeHere,
  options: MutateOptions,
): Promise<Instance | { operationId: string }> {
  const [network] = wanted.networks ?? [];
  if (network?.subnetId === undefined)
    return project.ovh.instances.create(instanceRequest(wanted, made), options);
  const { instances } = project.ovh.regional(wanted.place.region);
  const { id } = await instances.create(
    regionalRequest(wanted, made, { id: network.networkId, subnetId: network.subnetId }),
    options,
  );
  return { operationId: id };
}

function instanceRequest(wanted: InstanceToCreate, { name, userData }: MadeHere): InstanceRequest {
  const { flavorId, imageId, volumeId, sshKey, networks, groupId, availabilityZone } = wanted;
  return {
    name,
    flavorId,
    region: wanted.place.region,
    monthlyBilling: wanted.monthlyBilling,
    ...(imageId !== null && { imageId }),
    ...(volumeId !== null && { volumeId }),
    ...(sshKey !== null && { sshKeyId: sshKey.id }),
    ...(networks !== null && { networks }),
    ...(groupId !== null && { groupId }),
    ...(availabilityZone !== null && { availabilityZone }),
    ...(userData !== undefined && { userData }),
  };
}

function regionalRequest(
  wanted: InstanceToCreate,
  { name, userData }: MadeHere,
  network: { id: string; subnetId: string },
): RegionalInstanceRequest {
  const { flavorId, imageId, volumeId, sshKey, groupId, availabilityZone } = wanted;
  return {
    name,
    billingPeriod: wanted.monthlyBilling ? 'monthly' : 'hourly',
    bootFrom: { ...(imageId !== null && { imageId }), ...(volumeId !== null && { volumeId }) },
    flavor: { id: flavorId },
    network: { public: false, private: { network } },
    ...(sshKey !== null && { sshKey: { name: sshKey.name } }),
    ...(groupId !== null && { group: { id: groupId } }),
    ...(availabilityZone !== null && { availabilityZone }),
    ...(userData !== undefined && { userData }),
  };
}
