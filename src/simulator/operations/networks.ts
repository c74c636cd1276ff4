import { regions } from '../catalogue/regions.ts';
import { stableId } from '../catalogue/stable-id.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import type { Project } from '../world/project.ts';
import type { NetworkRecord } from '../world/records.ts';

/** The id of Ext-Net in that region. */
export const publicNetworkId = (region: string) => stableId('network', 'Ext-Net', region);

export const networkOperations = [
  inProject({
    method: 'GET',
    path: '/network/public',
    iam: 'network/public/get',
    handle: () => [
      {
        id: 'Ext-Net',
        name: 'Ext-Net',
        vlanId: 0,
        status: 'ACTIVE',
        type: 'public',
        regions: regions.map(({ name }) => ({
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
    handle: ({ project }) => project.networks.map(privateNetwork),
  }),

  inProject({
    method: 'GET',
    path: '/network/private/{networkId}',
    iam: 'network/private/get',
    handle: ({ project, params }) => privateNetwork(findNetwork(project, params.networkId)),
  }),

  inProject({
    method: 'GET',
    path: '/network/private/{networkId}/subnet',
    iam: 'network/private/subnet/get',
    handle({ project, params }) {
      const { cidr, gatewayIp, subnetIds } = findNetwork(project, params.networkId);
      return [...subnetIds].map(([region, id]) => ({
        id,
        cidr,
        gatewayIp,
        dhcpEnabled: true,
        ipPools: [{ region, network: cidr, start: '10.42.0.2', end: '10.42.255.254', dhcp: true }],
      }));
    },
  }),
];

function findNetwork(project: Project, id: string): NetworkRecord {
  const network = project.networks.find((each) => each.id === id);
  if (!network) throw notFound('networkId', id);
  return network;
}

function privateNetwork({ id, name, vlanId, openstackIds }: NetworkRecord) {
  return {
    id,
    name,
    vlanId,
    status: 'ACTIVE',
    type: 'private',
    regions: [...openstackIds].map(([region, openstackId]) => ({ region, status: 'ACTIVE', openstackId })),
  };
}
