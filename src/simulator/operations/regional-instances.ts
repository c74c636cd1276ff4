import { badRequest, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import {
  boolean,
  flag,
  long,
  object,
  oneOf,
  optional,
  string,
  uuid,
  type Values,
} from '../http/parameters.ts';
import type { Project } from '../world/project.ts';
import type { World } from '../world/world.ts';
import { createInstance } from './create-instance.ts';
import { reinstallInstance } from './instance-changes.ts';
import { snapshotInstance } from './image-snapshots.ts';
import { findInstance, forgetInstance } from './instances.ts';
import { publicNetworkId } from './addresses.ts';
import { addOperation, operationView } from './operations.ts';
import { regionalInstanceView } from './regional-instance-view.ts';
import { addSshKey } from './ssh-keys.ts';

const prefix = 'cloud.instance.CreateInput';

const privateNetwork = object(`${prefix}.Network.Private`, {
  floatingIp: optional(object(`${prefix}.Network.Private.FloatingIp`, { id: uuid })),
  floatingIpCreate: optional(
    object(`${prefix}.Network.Private.FloatingIpCreate`, { description: optional(string) }),
  ),
  gateway: optional(object(`${prefix}.Network.Private.Gateway`, { id: uuid })),
  gatewayCreate: optional(object(`${prefix}.Network.Private.GatewayCreate`, { model: string, name: string })),
  ip: optional(string),
  network: optional(object(`${prefix}.Network.Private.Network`, { id: uuid, subnetId: optional(uuid) })),
  networkCreate: optional(object(`${prefix}.Network.Private.NetworkCreate`, {})),
});

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
  group: optional(object(`${prefix}.Group`, { id: uuid })),
  name: optional(string),
  network: object(`${prefix}.Network`, { private: optional(privateNetwork), public: optional(boolean) }),
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
      const wanted = instanceWanted(world, project, regionName, body, now);
      const instances = Array.from({ length: count }, (_, index) => {
        const name = count === 1 ? wanted.name : `${wanted.name}-${index + 1}`;
        return createInstance(world, project, { ...wanted, name }, { now, beginsAt, fails });
      });
      const comesToNothing = instances.some(({ states }) => states.final === 'ERROR');
      const leavesNothing = comesToNothing && world.switches.failedOperation === 'nothing';
      if (leavesNothing) {
        for (const instance of instances) {
          forgetInstance(project, instance, now);
          world.guests?.forget(instance);
        }
      }
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
      reinstallInstance(world, project, instanceId, imageId ?? instance.imageId, { now, fails });
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
    handle({ world, project, now, params: { regionName, instanceId }, body: { snapshotName } }) {
      const { image } = snapshotInstance(world, project, instanceId, snapshotName ?? 'snapshot', now);
      const { id } = about(world, project, regionName, instanceId, 'instance#snapshot', now);
      return { imageId: image.id, operationId: id };
    },
  }),
];

/** What the plain call would be asked for. */
function instanceWanted(
  world: World,
  project: Project,
  region: string,
  { name, flavor, bootFrom, network, group, billingPeriod, ...rest }: Values<typeof creation>,
  now: number,
) {
  const inner = network.private;
  if (!network.public && !inner) throw badRequest('invalid: missing network input');
  if (inner && !inner.network) throw badRequest('invalid: missing private network input');
  const { sshKey, sshKeyCreate, userData, availabilityZone } = rest;
  const key = sshKeyCreate ? addSshKey(world, project, { ...sshKeyCreate, region }, now) : null;
  const named = sshKey ? [...project.sshKeys.values()].find((each) => each.name === sshKey.name) : undefined;
  if (sshKey && !named) throw notFound('sshKey', sshKey.name);
  return {
    name: name ?? '',
    region,
    flavorId: flavor.id,
    imageId: bootFrom.imageId ?? null,
    volumeId: bootFrom.volumeId ?? null,
    sshKeyId: key?.id ?? named?.id ?? null,
    userData,
    groupId: group?.id ?? null,
    monthlyBilling: billingPeriod === 'monthly',
    availabilityZone,
    autobackup: null,
    networks: [
      ...(network.public ? [{ networkId: publicNetworkId(region) }] : []),
      ...(inner?.network
        ? [
            {
              networkId: inner.network.id,
              ...(inner.network.subnetId && { subnetId: inner.network.subnetId }),
              ip: inner.ip ?? null,
            },
          ]
        : []),
    ],
  };
}

function about(
  world: World,
  project: Project,
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
