import { badRequest, conflict, notFound, serviceError } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { long, object, optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { NetworkRecord, SubnetRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { publicNetworkId } from './addresses.ts';
import { createGateway, gatewayCreation } from './create-gateway.ts';
import { buildingNetwork, createNetwork, refuseIfUsed } from './networks.ts';
import { addOperation, operationView } from './operations.ts';
import { findRegion } from './regions.ts';
import { addSubnet, deleteSubnet, describedSubnet, subnetCreation, subnetSummary } from './subnets.ts';

/** The same networks region by region, under the ids that instances name. */
export const regionalNetworkOperations = [
  inProject({
    method: 'GET',
    path: '/region/{regionName}/network',
    iam: 'region/network/get',
    handle: ({ project, now, params: { regionName } }) =>
      networksIn(project, regionName, now).map(({ view }) => view),
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/network',
    iam: 'region/network/create',
    body: {
      gateway: optional(object('cloud.network.CreateGatewaySummary', gatewayCreation)),
      name: string,
      subnet: optional(object('cloud.network.CreateSubnetSummary', subnetSummary)),
      vlanId: optional(long),
    },
    handle({ world, project, now, params: { regionName }, body }) {
      const { place } = createRegionalNetwork(world, project, regionName, body, now);
      const operation = addOperation(world, project, {
        now,
        action: 'network#create',
        region: regionName,
        resourceIds: [place.openstackId],
        instanceId: null,
        knownAt: now,
        completedAt: place.activeAt,
        fails: false,
      });
      return operationView(operation, world, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/network/{networkId}',
    iam: 'region/network/get',
    handle: ({ project, now, params }) => findIn(project, params, now).view,
  }),

  inProject({
    method: 'DELETE',
    path: '/region/{regionName}/network/{networkId}',
    iam: 'region/network/delete',
    handle({ project, now, params }) {
      const network = findPrivate(project, params, now);
      refuseIfUsed(project, network, params.regionName, now);
      leaveRegion(project, network, params.regionName);
    },
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/network/{networkId}/subnet',
    iam: 'region/network/subnet/get',
    handle: ({ project, now, params }) => findIn(project, params, now).subnets.map(subnetView),
  }),

  inProject({
    method: 'POST',
    path: '/region/{regionName}/network/{networkId}/subnet',
    iam: 'region/network/subnet/create',
    body: subnetCreation,
    handle: ({ world, project, now, params, body }) =>
      subnetView(
        addSubnet(world, findPrivate(project, params, now), params.regionName, describedSubnet(body)),
      ),
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/network/{networkId}/subnet/{subnetId}',
    iam: 'region/network/subnet/get',
    handle: ({ project, now, params }) => subnetView(findSubnet(project, params, now).subnet),
  }),

  inProject({
    method: 'DELETE',
    path: '/region/{regionName}/network/{networkId}/subnet/{subnetId}',
    iam: 'region/network/subnet/delete',
    handle({ project, now, params }) {
      const { network, subnet } = findSubnet(project, params, now);
      deleteSubnet(project, network, subnet, now);
    },
  }),
];

interface WantedNetwork {
  name: string;
  vlanId?: number | null | undefined;
  subnet?: Parameters<typeof describedSubnet>[0] | null | undefined;
  gateway?: { name: string; model: string } | null | undefined;
}

/**
 * Begins a private network in one region, with what is wanted in it; all of it or nothing. One VLAN is one network: where
 * the project has it in other regions, it gets this one too.
 */
export function createRegionalNetwork(
  world: World,
  project: ProjectRecord,
  region: string,
  wanted: WantedNetwork,
  now: number,
) {
  if (!project.hasRegion(region, now)) throw notFound('regionName', region);
  if (wanted.gateway && !wanted.subnet) throw badRequest('invalid: a gateway needs a subnet');
  const known =
    wanted.vlanId == null ? undefined : project.networks.find((each) => each.vlanId === wanted.vlanId);
  if (known?.regions.has(region))
    throw conflict(`A private network already exists for this vlan ID (network id ${known.id})`);
  const network =
    known ??
    createNetwork(world, project, { name: wanted.name, vlanId: wanted.vlanId, regions: [region] }, now);
  if (known) known.regions.set(region, buildingNetwork(world, now));
  try {
    const place = network.regions.get(region) ?? buildingNetwork(world, now);
    const subnet = wanted.subnet
      ? addSubnet(world, network, region, describedSubnet(wanted.subnet))
      : undefined;
    const gateway =
      wanted.gateway && subnet
        ? createGateway(world, project, network, subnet, wanted.gateway, now, place.activeAt)
        : undefined;
    return { network, place, subnet, gateway };
  } catch (error) {
    leaveRegion(project, network, region);
    throw error;
  }
}

/** As if the network had never been there. */
export function leaveRegion(project: ProjectRecord, network: NetworkRecord, region: string): void {
  network.regions.delete(region);
  network.subnets = network.subnets.filter((each) => each.region !== region);
  if (network.regions.size === 0) project.networks.splice(project.networks.indexOf(network), 1);
}

/** The public one is nobody's to change. */
function findPrivate(project: ProjectRecord, params: { regionName: string; networkId: string }, now: number) {
  findIn(project, params, now);
  const network = project.networks.find(
    ({ regions }) => regions.get(params.regionName)?.openstackId === params.networkId,
  );
  if (!network) throw serviceError(403, 'Client::Forbidden', `Network ${params.networkId} is public`);
  return network;
}

export function findSubnet(
  project: ProjectRecord,
  params: { regionName: string; networkId: string; subnetId: string },
  now: number,
) {
  const subnet = findIn(project, params, now).subnets.find(({ id }) => id === params.subnetId);
  if (!subnet) throw notFound('subnetId', params.subnetId);
  return { network: findPrivate(project, params, now), subnet };
}

function findIn(project: ProjectRecord, params: { regionName: string; networkId: string }, now: number) {
  const found = networksIn(project, params.regionName, now).find(({ view }) => view.id === params.networkId);
  if (!found) throw notFound('networkId', params.networkId);
  return found;
}

function networksIn(project: ProjectRecord, regionName: string, now: number) {
  const { name: region } = findRegion(project, regionName, now);
  const common = { region, status: 'ACTIVE' };
  const subnets: SubnetRecord[] = [];
  const publicNetwork = {
    view: { ...common, id: publicNetworkId(region), name: 'Ext-Net', visibility: 'public', vlanId: null },
    subnets,
  };
  const privateNetworks = project.networks.flatMap((network) => {
    const place = network.regions.get(region);
    if (!place || place.activeAt > now) return [];
    const { name, vlanId } = network;
    const view = { ...common, id: place.openstackId, name, visibility: 'private', vlanId };
    return [{ view, subnets: network.subnets.filter((subnet) => subnet.region === region) }];
  });
  return [publicNetwork, ...privateNetworks].map(({ view, subnets: own }) => ({
    view: { ...view, subnetIds: own.map(({ id }) => id) },
    subnets: own,
  }));
}

function subnetView({ id, name, cidr, gatewayIp, pools, dhcp, dnsNameServers, hostRoutes }: SubnetRecord) {
  return {
    id,
    name,
    cidr,
    gatewayIp,
    ipVersion: 4,
    dhcpEnabled: dhcp,
    dnsNameServers,
    allocationPools: pools,
    hostRoutes,
  };
}
