import { badRequest, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { ip, list, long, object, optional, string, uuid } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord, IpAddress } from '../world/records.ts';
import { addressesFor } from './addresses.ts';
import { createInstance, instanceCreation } from './create-instance.ts';
import { findFlavor } from './flavors.ts';
import { instanceDetail } from './instance-views.ts';
import { findInstance } from './instances.ts';

/** Many at once, billing, consoles and network interfaces. */
export const instanceExtraOperations = [
  inProject({
    method: 'POST',
    path: '/instance/bulk',
    iam: 'instance/bulk/create',
    body: {
      ...instanceCreation,
      networks: optional(list(object('cloud.instance.NetworkBulkParams', { networkId: string }))),
      number: long,
    },
    handle({ world, project, now, fails, body: { number, ...wanted } }) {
      if (number < 1 || number > 100) throw badRequest('Invalid value(s) received: number');
      const names = Array.from({ length: number }, (_, index) => `${wanted.name}-${index + 1}`);
      const made = names.map((name) => createInstance(world, project, { ...wanted, name }, { now, fails }));
      return made.map((instance) => instanceDetail(instance, 'BUILD', world, project, now));
    },
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/activeMonthlyBilling',
    iam: 'instance/activeMonthlyBilling',
    handle({ world, project, now, params: { instanceId } }) {
      const { instance, status } = billMonthly(project, instanceId, now);
      return instanceDetail(instance, status, world, project, now);
    },
  }),

  inProject({
    method: 'POST',
    path: '/activateMonthlyBilling',
    iam: 'activateMonthlyBilling',
    body: {
      instances: list(
        object('cloud.instance.MonthlyInstanceBulkParams', {
          instanceId: optional(uuid),
          region: optional(string),
        }),
      ),
    },
    handle: ({ world, project, now, body: { instances } }) =>
      instances.map(({ instanceId }) => {
        const { instance, status } = billMonthly(project, instanceId ?? '', now);
        return instanceDetail(instance, status, world, project, now);
      }),
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/vnc',
    iam: 'instance/vnc',
    handle({ world, project, now, params: { instanceId } }) {
      const { instance, status } = findInstance(project, instanceId, now);
      if (status !== 'ACTIVE') throw badRequest(`Instance ${instanceId} is ${status}, and has no console`);
      const host = `nova-novncproxy.${instance.region.toLowerCase()}.cloud.ovh.net`;
      return { type: 'novnc', url: `https://${host}/vnc_auto.html?token=${world.random.uuid()}` };
    },
  }),

  inProject({
    method: 'GET',
    path: '/instance/{instanceId}/interface',
    iam: 'instance/interface/get',
    handle: ({ project, now, params: { instanceId } }) =>
      interfacesOf(project, findInstance(project, instanceId, now).instance),
  }),

  inProject({
    method: 'POST',
    path: '/instance/{instanceId}/interface',
    iam: 'instance/interface/create',
    body: { ip: optional(ip), networkId: string },
    handle({ world, project, now, params: { instanceId }, body }) {
      const { instance } = findInstance(project, instanceId, now);
      const addresses = addressesFor(world, project, instance.region, [body], now);
      instance.addresses.push(...addresses);
      return interfacesOf(project, instance).at(-1);
    },
  }),

  inProject({
    method: 'GET',
    path: '/instance/{instanceId}/interface/{interfaceId}',
    iam: 'instance/interface/get',
    handle: ({ project, now, params: { instanceId, interfaceId } }) =>
      findInterface(project, findInstance(project, instanceId, now).instance, interfaceId),
  }),

  inProject({
    method: 'DELETE',
    path: '/instance/{instanceId}/interface/{interfaceId}',
    iam: 'instance/interface/delete',
    handle({ project, now, params: { instanceId, interfaceId } }) {
      const { instance } = findInstance(project, instanceId, now);
      const { fixedIps } = findInterface(project, instance, interfaceId);
      const gone = new Set(fixedIps.map((each) => each.ip));
      instance.addresses = instance.addresses.filter((address) => !gone.has(address.ip));
    },
  }),
];

function billMonthly(project: ProjectRecord, id: string, now: number) {
  const found = findInstance(project, id, now);
  if (findFlavor(found.instance.flavorId).planCodes.monthly === null)
    throw badRequest('invalid: Monthly billing is not available for the chosen flavor');
  found.instance.monthly = true;
  return found;
}

/** One for each network; Ext-Net's has an address of both kinds. */
export function interfacesOf(project: ProjectRecord, instance: InstanceRecord) {
  const groups: IpAddress[][] = [];
  for (const address of instance.addresses) {
    const last = groups.at(-1);
    const isTwin = last?.[0]?.networkId === address.networkId && address.version === 6;
    if (last && isTwin) last.push(address);
    else groups.push([address]);
  }
  return groups.map((addresses) => interfaceView(project, instance, addresses));
}

function interfaceView(project: ProjectRecord, instance: InstanceRecord, addresses: IpAddress[]) {
  const [{ ip: first, networkId, type }] = addresses as [IpAddress, ...IpAddress[]];
  const digits = Buffer.from(`${instance.id.slice(0, 4)}${first}`).toString('hex');
  const network = project.networks.find(
    ({ regions }) => regions.get(instance.region)?.openstackId === networkId,
  );
  return {
    id: `${instance.id.slice(0, 24)}${digits.slice(-12)}`,
    networkId,
    macAddress: `fa:16:3e:${digits.slice(-6).replace(/(..)(?=.)/g, '$1:')}`,
    state: 'ACTIVE',
    type,
    fixedIps: addresses.map((address) => ({
      ip: address.ip,
      subnetId: network?.subnets.find(({ region }) => region === instance.region)?.id ?? networkId,
    })),
  };
}

function findInterface(project: ProjectRecord, instance: InstanceRecord, id: string) {
  const found = interfacesOf(project, instance).find((each) => each.id === id);
  if (!found) throw notFound('interfaceId', id);
  return found;
}
