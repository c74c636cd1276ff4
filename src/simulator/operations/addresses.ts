import { badRequest, conflict, notFound } from '../http/api-error.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { IpAddress, SubnetRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { contains, parseCidr, toIp, toNumber } from './cidr.ts';
import { stableId } from '../catalogue/stable-id.ts';

/** The id of Ext-Net in that region. */
export const publicNetworkId = (region: string) => stableId('network', 'Ext-Net', region);

export interface WantedNetwork {
  networkId: string;
  /** Only the regional call can say it. */
  subnetId?: string;
  ip?: string | null | undefined;
}

/**
 * The addresses of a new instance. Without networks it is on Ext-Net. A private address is held until its instance
 * is gone for good, so that asking for it again too early fails as it does at OVH.
 */
export function addressesFor(
  world: World,
  project: ProjectRecord,
  region: string,
  wanted: WantedNetwork[],
  now: number,
): IpAddress[] {
  const publicId = publicNetworkId(region);
  const networks = wanted.length > 0 ? wanted : [{ networkId: publicId }];
  const taken = new Set<string>();
  return networks.flatMap((network): IpAddress[] => {
    if (network.networkId === publicId) return publicAddresses(world, publicId);
    const address = privateAddress(project, region, network, taken, now);
    taken.add(address.ip);
    return [address];
  });
}

function publicAddresses(world: World, networkId: string): IpAddress[] {
  const { ipv4, ipv6 } = world.nextPublicAddresses();
  return [
    { ip: ipv4, type: 'public', version: 4, networkId, gatewayIp: '198.18.0.1' },
    { ip: ipv6, type: 'public', version: 6, networkId, gatewayIp: '2001:db8::1' },
  ];
}

/** From the subnet that was asked for, the one that has the address, or else the first. */
function privateAddress(
  project: ProjectRecord,
  region: string,
  { networkId, subnetId, ip }: WantedNetwork,
  taken: Set<string>,
  now: number,
): IpAddress {
  const network = project.networks.find(({ regions }) => regions.get(region)?.openstackId === networkId);
  if (!network || (network.regions.get(region)?.activeAt ?? Infinity) > now)
    throw notFound('networkId', networkId);
  const here = network.subnets.filter((each) => each.region === region);
  const subnet = here.find((each) =>
    ip ? isHostOf(each, ip) && (!subnetId || each.id === subnetId) : !subnetId || each.id === subnetId,
  );
  if (!subnet && subnetId) throw notFound('subnetId', subnetId);
  if (!subnet) throw badRequest(ip ? 'Invalid value(s) received: ip' : 'invalid: network has no subnet');
  const inUse = new Set([...addressesOn(project, networkId, now), ...taken]);
  const address = ip ?? freeAddress(subnet, inUse);
  if (inUse.has(address)) throw conflict(`IP address ${address} is already allocated`);
  return { ip: address, type: 'private', version: 4, networkId, gatewayIp: subnet.gatewayIp };
}

/** Also of instances that an operation is about to make. */
export function addressesOn(project: ProjectRecord, networkId: string, now: number): Set<string> {
  const ips = new Set<string>();
  for (const { addresses, states, createdAt } of project.instances.values()) {
    if (createdAt <= now && !states.at(now)) continue;
    for (const address of addresses) if (address.networkId === networkId) ips.add(address.ip);
  }
  return ips;
}

function freeAddress({ pools, gatewayIp }: SubnetRecord, taken: Set<string>): string {
  for (const { start, end } of pools) {
    for (let number = toNumber(start); number <= toNumber(end); number += 1) {
      const address = toIp(number);
      if (address !== gatewayIp && !taken.has(address)) return address;
    }
  }
  throw conflict('No more IP addresses available on the network');
}

/** Any address but those of the network itself, of its gateway and of everybody. */
function isHostOf({ cidr, gatewayIp }: SubnetRecord, ip: string): boolean {
  const range = parseCidr(cidr);
  if (!range || !contains(range, ip) || ip === gatewayIp) return false;
  return toNumber(ip) !== range.first && toNumber(ip) !== range.last;
}
