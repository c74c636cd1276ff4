import { badRequest, conflict, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import {
  falseUnlessSaid,
  ip,
  ipBlock,
  list,
  long,
  optional,
  string,
  type Values,
} from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { NetworkRecord, SubnetRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { addressesOn, publicNetworkId } from './addresses.ts';
import { addSubnet, deleteSubnet, gatewayOf } from './subnets.ts';

const networkCreation = { name: string, regions: optional(list(string)), vlanId: optional(long) };

const subnetCreation = {
  dhcp: falseUnlessSaid,
  end: ip,
  network: ipBlock,
  noGateway: falseUnlessSaid,
  region: string,
  start: ip,
};

export const networkOperations = [
  inProject({
    method: 'GET',
    path: '/network/public',
    iam: 'network/public/get',
    handle: ({ project, now }) => [
      {
        id: 'Ext-Net',
        name: 'Ext-Net',
        vlanId: 0,
        status: 'ACTIVE',
        type: 'public',
        regions: project.regionsAt(now).map(({ name }) => ({
          region: name,
          status: 'ACTIVE',
          openstackId: publicNetworkId(name),
        })),
      },
    ],
  }),

  inProject({
    method: 'GET',
    path: '/network/private',
    iam: 'network/private/get',
    handle: ({ project, now }) => project.networks.map((network) => networkView(network, now)),
  }),

  inProject({
    method: 'POST',
    path: '/network/private',
    iam: 'network/private/create',
    body: networkCreation,
    handle({ world, project, now, body }) {
      const network = createNetwork(world, project, body, now);
      return networkView(network, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/network/private/{networkId}',
    iam: 'network/private/get',
    handle: ({ project, now, params }) => networkView(findNetwork(project, params.networkId), now),
  }),

  inProject({
    method: 'PUT',
    path: '/network/private/{networkId}',
    iam: 'network/private/edit',
    body: { name: string },
    handle({ project, params, body: { name } }) {
      if (name === '') throw badRequest('Invalid value(s) received: name');
      findNetwork(project, params.networkId).name = name;
    },
  }),

  inProject({
    method: 'DELETE',
    path: '/network/private/{networkId}',
    iam: 'network/private/delete',
    handle({ project, now, params }) {
      const network = findNetwork(project, params.networkId);
      for (const region of network.regions.keys()) refuseIfUsed(project, network, region, now);
      project.networks.splice(project.networks.indexOf(network), 1);
    },
  }),

  inProject({
    method: 'POST',
    path: '/network/private/{networkId}/region',
    iam: 'network/private/region/create',
    body: { region: string },
    handle({ world, project, now, params, body: { region } }) {
      const network = findNetwork(project, params.networkId);
      if (!project.hasRegion(region, now)) throw notFound('region', region);
      // OVHcloud's Terraform provider posts every region again, and goes on where it reads "already activated".
      if (network.regions.has(region))
        throw conflict(`Network ${network.id} is already activated in region ${region}`);
      network.regions.set(region, buildingNetwork(world, now));
      return networkView(network, now);
    },
  }),

  inProject({
    method: 'GET',
    path: '/network/private/{networkId}/subnet',
    iam: 'network/private/subnet/get',
    handle: ({ project, params }) => findNetwork(project, params.networkId).subnets.map(subnetView),
  }),

  inProject({
    method: 'POST',
    path: '/network/private/{networkId}/subnet',
    iam: 'network/private/subnet/create',
    body: subnetCreation,
    handle({ world, project, now, params, body }) {
      const network = findNetwork(project, params.networkId);
      if ((network.regions.get(body.region)?.activeAt ?? Infinity) > now)
        throw badRequest(`invalid: Network ${network.id} is not active in ${body.region}`);
      const { network: cidr, start, end, dhcp, noGateway, region } = body;
      const subnet = addSubnet(world, network, region, {
        cidr,
        name: '',
        gatewayIp: noGateway ? null : 'first',
        dhcp,
        pools: [{ start, end }],
        dnsNameServers: [],
        hostRoutes: [],
      });
      return subnetView(subnet);
    },
  }),

  inProject({
    method: 'DELETE',
    path: '/network/private/{networkId}/subnet/{subnetId}',
    iam: 'network/private/subnet/delete',
    handle({ project, now, params: { networkId, subnetId } }) {
      const network = findNetwork(project, networkId);
      const subnet = network.subnets.find(({ id }) => id === subnetId);
      if (!subnet) throw notFound('subnetId', subnetId);
      deleteSubnet(project, network, subnet, now);
    },
  }),
];

/** A network that something is in stays. */
export function refuseIfUsed(
  project: ProjectRecord,
  { id, regions, subnets }: NetworkRecord,
  region: string,
  now: number,
): void {
  if (addressesOn(project, regions.get(region)?.openstackId ?? '', now).size > 0)
    throw conflict(`Network ${id} is in use by instances`);
  if (subnets.some((subnet) => subnet.region === region && gatewayOf(project, subnet.id, now)))
    throw conflict(`Network ${id} is in use by a gateway`);
}

function findNetwork(project: ProjectRecord, id: string): NetworkRecord {
  const network = project.networks.find((each) => each.id === id);
  if (!network) throw notFound('networkId', id);
  return network;
}

/** VLAN ids are unique in a project; OVH takes the next free one when nobody chooses. */
export function createNetwork(
  world: World,
  project: ProjectRecord,
  { name, regions: wanted, vlanId }: Values<typeof networkCreation>,
  now: number,
): NetworkRecord {
  if (name === '') throw badRequest('Invalid value(s) received: name');
  if (vlanId != null && (vlanId < 0 || vlanId > 4095)) throw badRequest('Invalid value(s) received: vlanId');
  const unknown = wanted?.find((region) => !project.hasRegion(region, now));
  if (unknown !== undefined) throw notFound('region', unknown);
  const holder = project.networks.find((each) => each.vlanId === vlanId);
  if (holder) throw conflict(`A private network already exists for this vlan ID (network id ${holder.id})`);
  const vlan = vlanId ?? freeVlan(project);
  const [first = ''] = project.networks.map(({ id }) => id.replace(/_.*/, ''));
  const network: NetworkRecord = {
    id: `${first || `pn-${1_000_000 + Math.floor(world.random.next() * 1_000_000)}`}_${vlan}`,
    name,
    vlanId: vlan,
    regions: new Map(
      (wanted ?? project.regionsAt(now).map((each) => each.name)).map((region) => [
        region,
        buildingNetwork(world, now),
      ]),
    ),
    subnets: [],
  };
  project.networks.push(network);
  return network;
}

function freeVlan({ networks }: ProjectRecord): number {
  const used = new Set(networks.map(({ vlanId }) => vlanId));
  let vlan = 0;
  while (used.has(vlan)) vlan += 1;
  return vlan;
}

export function buildingNetwork(world: World, now: number) {
  return { openstackId: world.random.uuid(), activeAt: now + world.delays.volumeMs };
}

function networkView({ id, name, vlanId, regions: places }: NetworkRecord, now: number) {
  const shown = [...places].map(([region, { openstackId, activeAt }]) => ({
    region,
    status: activeAt <= now ? 'ACTIVE' : 'BUILDING',
    openstackId: activeAt <= now ? openstackId : null,
  }));
  const isActive = shown.every(({ status }) => status === 'ACTIVE');
  return { id, name, vlanId, status: isActive ? 'ACTIVE' : 'BUILDING', type: 'private', regions: shown };
}

function subnetView({ id, cidr, gatewayIp, region, pools, dhcp }: SubnetRecord) {
  return {
    id,
    cidr,
    gatewayIp,
    dhcpEnabled: dhcp,
    ipPools: pools.map(({ start, end }) => ({ region, network: cidr, start, end, dhcp })),
  };
}
