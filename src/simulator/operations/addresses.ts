import { isIPv4 } from 'node:net';

import { badRequest, conflict, notFound } from '../http/api-error.ts';
import type { Project } from '../world/project.ts';
import type { IpAddress, NetworkRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { publicNetworkId } from './networks.ts';

interface WantedNetwork {
  networkId: string;
  ip?: string | null | undefined;
}

/**
 * The addresses of a new instance. Without networks it is on Ext-Net. A private address is held until its instance
 * is gone for good, so that asking for it again too early fails as it does at OVH.
 */
export function addressesFor(
  world: World,
  project: Project,
  region: string,
  wanted: WantedNetwork[],
  now: number,
): IpAddress[] {
  const publicId = publicNetworkId(region);
  const networks = wanted.length > 0 ? wanted : [{ networkId: publicId }];
  const taken = new Set<string>();
  return networks.flatMap(({ networkId, ip = null }): IpAddress[] => {
    if (networkId === publicId) return publicAddresses(world, networkId);
    const network = project.networks.find(({ openstackIds }) => openstackIds.get(region) === networkId);
    if (!network) throw notFound('networkId', networkId);
    const inUse = addressesOn(project, networkId, now);
    const address = ip ?? freeAddress(new Set([...inUse, ...taken]));
    if (!isHostOf(network, address)) throw badRequest('Invalid value(s) received: ip');
    if (inUse.has(address) || taken.has(address))
      throw conflict(`IP address ${address} is already allocated`);
    taken.add(address);
    return [{ ip: address, type: 'private', version: 4, networkId, gatewayIp: network.gatewayIp }];
  });
}

function publicAddresses(world: World, networkId: string): IpAddress[] {
  const { ipv4, ipv6 } = world.nextPublicAddresses();
  return [
    { ip: ipv4, type: 'public', version: 4, networkId, gatewayIp: '198.18.0.1' },
    { ip: ipv6, type: 'public', version: 6, networkId, gatewayIp: '2001:db8::1' },
  ];
}

function addressesOn(project: Project, networkId: string, now: number): Set<string> {
  const ips = new Set<string>();
  for (const { addresses, states } of project.instances.values()) {
    if (!states.at(now)) continue;
    for (const address of addresses) if (address.networkId === networkId) ips.add(address.ip);
  }
  return ips;
}

function freeAddress(taken: Set<string>): string {
  for (let host = 2; host < 65_535; host += 1) {
    const address = `10.42.${host >> 8}.${host & 255}`;
    if (!taken.has(address)) return address;
  }
  throw conflict('No more IP addresses available on the network');
}

/** Every private network of the simulator is 10.42.0.0/16; its first address is the gateway's. */
function isHostOf({ gatewayIp }: NetworkRecord, ip: string): boolean {
  return isIPv4(ip) && ip.startsWith('10.42.') && !['10.42.0.0', gatewayIp, '10.42.255.255'].includes(ip);
}
