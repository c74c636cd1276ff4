import { badRequest, conflict, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { digits, flag, long, object, optional, string, uuid } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { GatewayRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { addInterface, createGateway, gatewayCreation } from './create-gateway.ts';
import { isAssociated } from './floating-ips.ts';
import { publicNetworkId } from './addresses.ts';
import { addOperation, operationView } from './operations.ts';
import { createRegionalNetwork, findSubnet } from './regional-networks.ts';
import { findRegion } from './regions.ts';
import { subnetForGateway } from './subnets.ts';

const all = '/region/{regionName}/gateway';
const one = `${all}/{id}` as const;

export const gatewayOperations = [
  inProject({
    method: 'GET',
    path: all,
    iam: 'region/gateway/get',
    query: {
      limit: optional(digits),
      marker: optional(string),
      subnetId: optional(string),
      withSubnets: optional(flag),
    },
    handle({ world, project, now, params: { regionName }, query }) {
      const { name: region } = findRegion(project, regionName, now);
      const shown = [...project.gateways.values()]
        .filter((gateway) => gateway.region === region && gateway.states.at(now - world.delays.listLagMs))
        .filter(
          ({ interfaces }) =>
            !query.subnetId || interfaces.some(({ subnetId }) => subnetId === query.subnetId),
        );
      const first = query.marker ? shown.findIndex(({ id }) => id === query.marker) + 1 : 0;
      const last = query.limit == null ? shown.length : first + Number(query.limit);
      return shown.slice(first, last).map((gateway) => gatewayView(gateway, project, now, query));
    },
  }),

  inProject({
    method: 'POST',
    path: all,
    iam: 'region/gateway/create',
    body: {
      ...gatewayCreation,
      network: object('cloud.network.CreateNetworkForGatewaySummary', {
        name: string,
        subnet: object('cloud.network.CreateSubnetForGatewaySummary', subnetForGateway),
        vlanId: optional(long),
      }),
    },
    handle({ world, project, now, params: { regionName }, body: { network, ...gateway } }) {
      const made = createRegionalNetwork(world, project, regionName, { ...network, gateway }, now);
      return ordered(world, project, regionName, 'gateway#create', made.gateway, now);
    },
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/network/{networkId}/subnet/{subnetId}/gateway',
    iam: 'region/network/subnet/gateway/create',
    body: gatewayCreation,
    handle({ world, project, now, params, body }) {
      const { network, subnet } = findSubnet(project, params, now);
      const gateway = createGateway(world, project, network, subnet, body, now);
      return ordered(world, project, params.regionName, 'gateway#create', gateway, now);
    },
  }),

  inProject({
    method: 'GET',
    path: one,
    iam: 'region/gateway/get',
    handle: ({ project, now, params }) => gatewayView(findGateway(project, params, now), project, now),
  }),

  inProject({
    method: 'PUT',
    path: one,
    iam: 'region/gateway/edit',
    body: gatewayCreation,
    handle({ project, now, params, body: { name, model: wanted } }) {
      const gateway = findGateway(project, params, now);
      if (name === '') throw badRequest('Invalid value(s) received: name');
      Object.assign(gateway, { name, model: wanted });
      return gatewayView(gateway, project, now);
    },
  }),

  inProject({
    method: 'DELETE',
    path: one,
    iam: 'region/gateway/delete',
    handle({ world, project, now, params }) {
      const gateway = findGateway(project, params, now);
      if (isUsed(project, gateway, now)) throw conflict(`Gateway ${gateway.id} is in use by floating IPs`);
      const goneAt = now + world.delays.deleteMs;
      gateway.states.set(goneAt, undefined);
      return ordered(world, project, params.regionName, 'gateway#delete', gateway, now);
    },
  }),

  inProject({
    method: 'POST',
    path: `${one}/expose`,
    iam: 'region/gateway/expose',
    // Every gateway has its port on the public network from the beginning.
    handle: ({ project, now, params }) => gatewayView(findGateway(project, params, now), project, now),
  }),

  inProject({
    method: 'GET',
    path: `${one}/interface`,
    iam: 'region/gateway/interface/get',
    handle: ({ project, now, params }) => findGateway(project, params, now).interfaces.map(interfaceView),
  }),

  inProject({
    method: 'POST',
    path: `${one}/interface`,
    iam: 'region/gateway/interface/create',
    body: { subnetId: uuid },
    handle({ world, project, now, params, body: { subnetId } }) {
      const gateway = findGateway(project, params, now);
      const network = project.networks.find(({ subnets }) => subnets.some(({ id }) => id === subnetId));
      const subnet = network?.subnets.find(({ id, region }) => id === subnetId && region === gateway.region);
      if (!network || !subnet) throw notFound('subnetId', subnetId);
      return interfaceView(addInterface(world, project, gateway, network, subnet, now));
    },
  }),

  inProject({
    method: 'GET',
    path: `${one}/interface/{interfaceId}`,
    iam: 'region/gateway/interface/get',
    handle: ({ project, now, params }) =>
      interfaceView(findInterface(findGateway(project, params, now), params.interfaceId)),
  }),

  inProject({
    method: 'DELETE',
    path: `${one}/interface/{interfaceId}`,
    iam: 'region/gateway/interface/delete',
    handle({ project, now, params }) {
      const gateway = findGateway(project, params, now);
      const gone = findInterface(gateway, params.interfaceId);
      if (isUsed(project, { ...gateway, interfaces: [gone] }, now))
        throw conflict(`Interface ${gone.id} is in use by floating IPs`);
      gateway.interfaces = gateway.interfaces.filter((each) => each !== gone);
    },
  }),
];

function findGateway(project: ProjectRecord, params: { regionName: string; id: string }, now: number) {
  const gateway = project.gateways.get(params.id);
  if (gateway?.region !== params.regionName || !gateway.states.at(now)) throw notFound('id', params.id);
  return gateway;
}

function findInterface({ interfaces }: GatewayRecord, id: string) {
  const found = interfaces.find((each) => each.id === id);
  if (!found) throw notFound('interfaceId', id);
  return found;
}

/** Whether a floating IP goes through one of its interfaces. */
function isUsed(project: ProjectRecord, { id, interfaces }: GatewayRecord, now: number): boolean {
  const networks = new Set(interfaces.map(({ networkId }) => networkId));
  return [...project.floatingIps.values()].some(
    (each) =>
      each.association?.gatewayId === id &&
      networks.has(each.association.networkId) &&
      each.states.at(now) !== undefined &&
      isAssociated(each, project, now),
  );
}

function ordered(
  world: World,
  project: ProjectRecord,
  region: string,
  action: string,
  gateway: GatewayRecord | undefined,
  now: number,
) {
  const operation = addOperation(world, project, {
    now,
    action,
    region,
    resourceIds: gateway ? [gateway.id] : [],
    instanceId: null,
    knownAt: now,
    completedAt: Math.max(now, gateway?.states.settledAt ?? now),
    fails: false,
  });
  return operationView(operation, world, now);
}

type Interface = GatewayRecord['interfaces'][number];

const interfaceView = (each: Interface) => ({ ...each, subnet: null });

function gatewayView(
  { states, externalIp, interfaces, ...rest }: GatewayRecord,
  project: ProjectRecord,
  now: number,
  { withSubnets }: { withSubnets?: 'true' | 'false' | null | undefined } = {},
) {
  const networkId = publicNetworkId(rest.region);
  return {
    ...rest,
    status: states.at(now) ?? 'building',
    type: 'public',
    externalInformation: {
      ips: [{ ip: externalIp, subnetId: networkId }],
      networkId,
      snatEnabled: true,
    },
    interfaces: interfaces.map((each) => ({
      ...each,
      subnet: withSubnets === 'true' ? subnetOf(project, each.subnetId) : null,
    })),
  };
}

function subnetOf({ networks }: ProjectRecord, wanted: string) {
  const found = networks.flatMap(({ subnets }) => subnets).find(({ id }) => id === wanted);
  return found ? { id: found.id, name: found.name, cidr: found.cidr } : null;
}
