import type { Awaited, Created, InstanceStatus, InstanceWanted, ReadyUntil } from '../contract/index.ts';
import type { Instance, InstanceRequest, MutateOptions, RegionalInstanceRequest } from '../ovh/index.ts';
import { Attempt } from './attempt.ts';
import { createOnce, type CreateWindow } from './create-once.ts';
import { isWorking, madeBy } from './operations.ts';
import type { PauseWatch } from './pause-watch.ts';
import type { Project, Projects } from './project.ts';
import { instanceIsAlive, instanceStatus } from './status.ts';
import { orInvalidSpec } from './to-failure.ts';
import type { UserDataSource } from './user-data-source.ts';
import { mergeUserData } from './user-data.ts';
import { isFor, isOrdered, waitFor, type Judgement, type Ordered } from './wait-for.ts';

interface InstanceDependencies {
  projects: Projects;
  pauses: PauseWatch;
  userDataSource: UserDataSource;
}

export function instanceActivities({ projects, pauses, userDataSource }: InstanceDependencies) {
  return {
    /** Creates the instance, or adopts the one that carries its mark. Safe to repeat: it looks before it posts. */
    async createInstance(wanted: InstanceToCreate, { deadline, lookedAt }: CreateWindow): Promise<Created> {
      const project = projects.get(wanted.place.project);
      const userData = await userDataOf(wanted, userDataSource);
      return createOnce({
        kind: 'instance',
        name: wanted.name,
        attempt: new Attempt(pauses),
        settleMs: project.settleMs,
        deadline,
        lookedAt,
        find: () => findInstance(project, wanted),
        post: (options) => postInstance(project, wanted, userData, options),
        madeBy: (operationId) => madeBy(project, operationId, 'instance'),
        isWorking: (by) => isWorking(project, wanted.place.region, by),
      });
    },

    /** Waits until the instance is ACTIVE and, if asked, has an address. Reads only. */
    async awaitInstance(
      { place, known, since, deadline }: Awaited<Ordered & { flavorId?: string | null }>,
      until: ReadyUntil,
    ): Promise<InstanceStatus> {
      const project = projects.get(place.project);
      const attempt = new Attempt(pauses);
      const watcher = project.instances(place.region);
      const kindOf = ({ flavorId }: Pick<Instance, 'flavorId'>) => `${until} ${place.region} ${flavorId}`;
      const judge = async (listed: Instance): Promise<Judgement<InstanceStatus>> => {
        // Lists lag: what ends a run badly is confirmed by id.
        const seen = isBad(listed) ? ((await watcher.get(known.id)) ?? listed) : listed;
        const subject = `instance ${known.name} (${known.id})`;
        if (seen.status === 'ERROR')
          return {
            failed: 'InstanceFailed',
            message: `OVH put ${subject} in ERROR; its API does not say why`,
          };
        if (!instanceIsAlive(seen))
          return { failed: 'InstanceFailed', message: `${subject} is ${seen.status}: somebody deleted it` };
        if (!isPending(seen, until)) return { done: await instanceStatus(project, seen) };
        const what = seen.status === 'ACTIVE' ? 'ACTIVE without an address' : seen.status;
        return { pending: `instance ${known.name} ${isFor(what, since, attempt.now())}` };
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
          judge,
          usually: {
            wanted: 'ACTIVE',
            times: project.times,
            kindOf,
            kind: isOrdered(known) ? kindOf({ flavorId: known.flavorId ?? null }) : undefined,
            firstMs: project.firstLooks.instance,
            sharers: () => watcher.sharers,
          },
        }),
      );
    },
  };
}

function isBad({ status }: Instance): boolean {
  return status === 'ERROR' || !instanceIsAlive({ status });
}

/** What nobody has heard of is pending, too. */
function isPending({ status, ipAddresses }: Instance, until: ReadyUntil): boolean {
  return status !== 'ACTIVE' || (until === 'address' && ipAddresses.length === 0);
}

/** Found in a list, confirmed by id, and of the wanted flavor: the oldest, when there is more than one. */
async function findInstance(project: Project, wanted: InstanceWanted): Promise<Instance | undefined> {
  const watcher = project.instances(wanted.place.region);
  const listed = (await watcher.list()).filter(({ name }) => name === wanted.name);
  const seen = await Promise.all(listed.map(({ id }) => watcher.get(id)));
  return seen
    .filter((instance) => instance !== undefined)
    .filter((instance) => instanceIsAlive(instance) && instance.status !== 'ERROR')
    .filter(({ flavorId }) => flavorId === null || flavorId === wanted.flavorId)
    .sort((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id))[0];
}

type InstanceToCreate = InstanceWanted & { userData: string | null; volumeId: string | null };

async function userDataOf(
  { userData, userDataFrom, hostname }: InstanceToCreate,
  source: UserDataSource,
): Promise<string | undefined> {
  const own = userDataFrom === null ? userData : await source.read(userDataFrom);
  return orInvalidSpec(() => mergeUserData(own, hostname));
}

/** Which subnet an address is taken from can only be said in OVH's regional call, which answers with an operation. */
async function postInstance(
  project: Project,
  wanted: InstanceToCreate,
  userData: string | undefined,
  options: MutateOptions,
): Promise<Instance | { operationId: string }> {
  const [network] = wanted.networks ?? [];
  if (network?.subnetId === undefined)
    return project.ovh.instances.create(instanceRequest(wanted, userData), options);
  const { instances } = project.ovh.regional(wanted.place.region);
  const { id } = await instances.create(
    regionalRequest(wanted, userData, { id: network.networkId, subnetId: network.subnetId }),
    options,
  );
  return { operationId: id };
}

function instanceRequest(wanted: InstanceToCreate, userData: string | undefined): InstanceRequest {
  const { name, flavorId, imageId, volumeId, sshKey, networks, groupId, availabilityZone } = wanted;
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
  userData: string | undefined,
  network: { id: string; subnetId: string },
): RegionalInstanceRequest {
  const { name, flavorId, imageId, volumeId, sshKey, groupId, availabilityZone } = wanted;
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
