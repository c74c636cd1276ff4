import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import type { Project } from '../world/project.ts';
import type { SubnetRecord } from '../world/records.ts';
import { publicNetworkId } from './addresses.ts';
import { findRegion } from './regions.ts';

/** What is read region by region: the same networks, under the ids that instances name. */
export const regionalNetworkOperations = [
  inProject({
    method: 'GET',
    path: '/region/{regionName}/network',
    iam: 'region/network/get',
    handle: ({ project, now, params: { regionName } }) =>
      networksIn(project, regionName, now).map(({ view }) => view),
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/network/{networkId}',
    iam: 'region/network/get',
    handle: ({ project, now, params }) => findIn(project, params, now).view,
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/network/{networkId}/subnet',
    iam: 'region/network/subnet/get',
    handle: ({ project, now, params }) => findIn(project, params, now).subnets.map(subnetView),
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}/network/{networkId}/subnet/{subnetId}',
    iam: 'region/network/subnet/get',
    handle({ project, now, params }) {
      const subnet = findIn(project, params, now).subnets.find(({ id }) => id === params.subnetId);
      if (!subnet) throw notFound('subnetId', params.subnetId);
      return subnetView(subnet);
    },
  }),
];

function findIn(project: Project, params: { regionName: string; networkId: string }, now: number) {
  const found = networksIn(project, params.regionName, now).find(({ view }) => view.id === params.networkId);
  if (!found) throw notFound('networkId', params.networkId);
  return found;
}

function networksIn(project: Project, regionName: string, now: number) {
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

function subnetView({ id, name, cidr, gatewayIp, start, end, dhcp }: SubnetRecord) {
  return {
    id,
    name,
    cidr,
    gatewayIp,
    ipVersion: 4,
    dhcpEnabled: dhcp,
    dnsNameServers: ['213.186.33.99'],
    allocationPools: [{ start, end }],
    hostRoutes: [],
  };
}
