import type {
  Awaited,
  Created,
  InstanceStatus,
  InstanceWanted,
  ReadyUntil,
  ServerTime,
} from '../contract/index.ts';
import type { Instance, InstanceRequest } from '../ovh/index.ts';
import { Attempt } from './attempt.ts';
import { createOnce } from './create-once.ts';
import type { PauseWatch } from './pause-watch.ts';
import type { Project, Projects } from './project.ts';
import { instanceIsAlive, instanceStatus } from './status.ts';
import { orInvalidSpec } from './to-failure.ts';
import { mergeUserData } from './user-data.ts';
import { isFor, waitFor, type Judgement } from './wait-for.ts';

export function instanceActivities({ projects, pauses }: { projects: Projects; pauses: PauseWatch }) {
  return {
    /** Creates the instance, or adopts the one that carries its mark. Safe to repeat: it looks before it posts. */
    async createInstance(
      wanted: InstanceWanted & { userData: string | null },
      { deadline }: { deadline: ServerTime },
    ): Promise<Created> {
      const project = projects.get(wanted.place.project);
      const request = toRequest(wanted);
      return createOnce({
        kind: 'instance',
        name: wanted.name,
        attempt: new Attempt(pauses),
        settleMs: project.settleMs,
        deadline,
        find: () => findInstance(project, wanted),
        post: (options) => project.ovh.instances.create(request, options),
      });
    },

    /** Waits until the instance is ACTIVE and, if asked, has an address. Reads only. */
    async awaitInstance(
      { place, known, since, deadline }: Awaited<{ id: string; name: string }>,
      until: ReadyUntil,
    ): Promise<InstanceStatus> {
      const project = projects.get(place.project);
      const attempt = new Attempt(pauses);
      const watcher = project.instances(place.region);
      const judge = async (instance: Instance): Promise<Judgement<InstanceStatus>> => {
        // Lists lag: what ends a run is confirmed by id.
        const seen = isPending(instance, until) ? instance : ((await watcher.get(known.id)) ?? instance);
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
          look: () => watcher.look(known.id),
          judge,
        }),
      );
    },
  };
}

/** What nobody has heard of is pending, too. */
function isPending({ status, ipAddresses }: Instance, until: ReadyUntil): boolean {
  if (status === 'ERROR' || !instanceIsAlive({ status })) return false;
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

function toRequest(wanted: InstanceWanted & { userData: string | null }): InstanceRequest {
  const userData = orInvalidSpec(() => mergeUserData(wanted.userData, wanted.hostname));
  return {
    name: wanted.name,
    flavorId: wanted.flavorId,
    imageId: wanted.imageId,
    region: wanted.place.region,
    monthlyBilling: wanted.monthlyBilling,
    ...(wanted.sshKeyId !== null && { sshKeyId: wanted.sshKeyId }),
    ...(wanted.networks !== null && { networks: wanted.networks }),
    ...(userData !== undefined && { userData }),
  };
}
