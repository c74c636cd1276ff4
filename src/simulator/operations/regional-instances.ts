import { flavorsById } from '../catalogue/flavors.ts';
import { badRequest, notFound, notImplemented } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { flag, long, object, oneOf, optional, string, uuid, type Values } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { createInstance } from './create-instance.ts';
import { reinstallInstance } from './instance-changes.ts';
import { abortSnapshots, snapshotInstance } from './image-snapshots.ts';
import { findInstance, forgetInstance } from './instances.ts';
import { addOperation, operationView } from './operations.ts';
import { arrangeNetworks, giveFloatingIp, orderedNetwork, type Undo } from './order-network.ts';
import { regionalInstanceView } from './regional-instance-view.ts';
import { addSshKey, sshKeyId } from './ssh-keys.ts';

const prefix = 'cloud.instance.CreateInput';

const creation = {
  autobackup: optional(
    object('cloud.Instance.AutoBackup', {
      cron: string,
      distantImageName: optional(string),
      distantRegionName: optional(string),
      imageName: optional(string),
      name: optional(string),
      rotation: long,
    }),
  ),
  availabilityZone: optional(string),
  billingPeriod: oneOf(`${prefix}.BillingPeriodEnum`, ['hourly', 'monthly']),
  bootFrom: object(`${prefix}.BootFrom`, {
    imageId: optional(uuid),
    imageRegionName: optional(string),
    volumeId: optional(uuid),
  }),
  bulk: optional(long),
  flavor: object(`${prefix}.Flavor`, { id: uuid }),
  group: optional(object(`${prefix}.Group`, { id: string })),
  name: optional(string),
  network: orderedNetwork,
  sshKey: optional(object(`${prefix}.SshKey`, { name: string })),
  sshKeyCreate: optional(object(`${prefix}.SshKeyCreate`, { name: string, publicKey: string })),
  userData: optional(string),
};

export const regionalInstanceOperations = [
  inProject({
    method: 'GET',
    path: '/region/{regionName}/instance',
    iam: 'region/instance/get',
    handle({ world, project, now, params: { regionName } }) {
      const time = now - world.delays.listLagMs;
      return [...project.instances.values()].flatMap((instance) => {
        const status = instance.states.at(time);
        if (instance.region !== regionName || !status) return [];
        return [regionalInstanceView(instance, status, world, project, time)];
      });
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/instance',
    iam: 'region/instance/create',
    body: creation,
    handle({ world, project, now, fails, params: { regionName }, body }) {
      // OVHcloud's Terraform provider always sends it, as 0 where one instance is wanted.
      const count = body.bulk || 1;
      if (count < 1 || count > 100) throw badRequest('Invalid value(s) received: bulk');
      if (!project.hasRegion(regionName, now)) throw notFound('regionName', regionName);
      const beginsAt = now + world.delays.operationMs;
      const undo: Undo = [];
      const instances: InstanceRecord[] = [];
      try {
        const wanted = instanceWanted(world, project, regionName, body, count, undo, now);
        for (let number = 1; number <= count; number += 1) {
          const name = count === 1 ? wanted.name : `${wanted.name}-${number}`;
          const instance = createInstance(world, project, { ...wanted, name }, { now, beginsAt, fails });
          undo.unshift(() => {
            forgetInstance(project, instance, now);
            world.guests?.forget(instance);
          });
          instances.push(instance);
          giveFloatingIp(world, project, instance, body.network.private, undo, { now, beginsAt });
        }
      } catch (error) {
        for (const each of undo) each();
        throw error;
      }
      const comesToNothing = instances.some(({ states }) => states.final === 'ERROR');
      const leavesNothing = comesToNothing && world.switches.failedOperation === 'nothing';
      if (leavesNothing) for (const each of undo) each();
      const operation = addOperation(world, project, {
        now,
        action: 'instance#create',
        region: regionName,
        resourceIds: leavesNothing ? [] : instances.map(({ id }) => id),
        instanceId: null,
        knownAt: beginsAt,
        completedAt: Math.max(...instances.map(({ states }) => states.settledAt)),
        fails: comesToNothing,
      });
      return operationView(operation, world, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/instance/{instanceId}',
    iam: 'region/instance/get',
    query: {
      deleted: optional(flag),
      withBackups: optional(flag),
      withImage: optional(flag),
      withNetworks: optional(flag),
      withVolumes: optional(flag),
    },
    handle({ world, project, now, params: { regionName, instanceId }, query }) {
      const instance = project.instances.get(instanceId);
      const wasThere = instance !== undefined && instance.createdAt <= now;
      const status =
        instance?.states.at(now) ?? (query.deleted === 'true' && wasThere ? 'DELETED' : undefined);
      if (instance?.region !== regionName || !status) throw notFound('instanceId', instanceId);
      return regionalInstanceView(instance, status, world, project, now, query);
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/instance/{instanceId}/reinstall',
    iam: 'region/instance/reinstall',
    body: { imageId: optional(string), imageRegionName: string },
    handle({ world, project, now, fails, params: { regionName, instanceId }, body: { imageId } }) {
      const { instance } = findInstance(project, instanceId, now);
      reinstallInstance(world, project, instanceId, imageId || instance.imageId, { now, fails });
      return about(world, project, regionName, instanceId, 'instance#reinstall', now);
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/instance/{instanceId}/snapshot',
    iam: 'region/instance/snapshot',
    body: {
      distantRegionName: optional(string),
      distantSnapshotName: optional(string),
      snapshotName: optional(string),
    },
    handle({ world, project, now, params: { regionName, instanceId }, body }) {
      const { snapshotName, distantRegionName, distantSnapshotName } = body;
      if (distantRegionName || distantSnapshotName) throw notImplemented('a snapshot in a distant region');
      const { image } = snapshotInstance(world, project, instanceId, snapshotName || 'snapshot', now);
      const { id } = about(world, project, regionName, instanceId, 'instance#snapshot', now);
      return { imageId: image.id, operationId: id };
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/instance/{instanceId}/abortSnapshot',
    iam: 'region/instance/abortSnapshot',
    handle({ world, project, now, params: { regionName, instanceId } }) {
      findInstance(project, instanceId, now);
      abortSnapshots(project, instanceId, now);
      return about(world, project, regionName, instanceId, 'instance#abortSnapshot', now);
    },
  }),
];

/** What the plain call would be asked for. */
function instanceWanted(
  world: World,
  project: ProjectRecord,
  region: string,
  { name, flavor, bootFrom, network, group, billingPeriod, ...rest }: Values<typeof creation>,
  count: number,
  undo: Undo,
  now: number,
) {
  const { sshKey, sshKeyCreate, userData, availabilityZone, autobackup } = rest;
  const networks = arrangeNetworks(
    world,
    project,
    { region, name: name || defaultName(flavor.id, region), network, count },
    undo,
    now,
  );
  const isNew = sshKeyCreate && !project.sshKeys.has(sshKeyId(sshKeyCreate.name));
  const key = sshKeyCreate ? addSshKey(world, project, { ...sshKeyCreate, region }, now) : null;
  if (key && isNew) undo.unshift(() => project.sshKeys.delete(key.id));
  const named = sshKey ? [...project.sshKeys.values()].find((each) => each.name === sshKey.name) : undefined;
  if (sshKey && !named) throw notFound('sshKey', sshKey.name);
  return {
    name: name || defaultName(flavor.id, region),
    region,
    flavorId: flavor.id,
    imageId: bootFrom.imageId ?? null,
    volumeId: bootFrom.volumeId ?? null,
    sshKeyId: key?.id ?? named?.id ?? null,
    userData,
    groupId: group?.id ?? null,
    monthlyBilling: billingPeriod === 'monthly',
    availabilityZone,
    autobackup,
    networks,
  };
}

/** An order need not name what it makes: then it is called after its flavor and its region, as OVH's pages propose. */
const defaultName = (flavorId: string, region: string) =>
  `${flavorsById.get(flavorId)?.name ?? 'instance'}-${region.toLowerCase()}`;

function about(
  world: World,
  project: ProjectRecord,
  region: string,
  instanceId: string,
  action: string,
  now: number,
) {
  const operation = addOperation(world, project, {
    now,
    action,
    region,
    resourceIds: [instanceId],
    instanceId,
    knownAt: now,
    completedAt: now + world.delays.bootMs / 2,
    fails: false,
  });
  return operationView(operation, world, now);
}
