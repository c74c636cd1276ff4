import { badRequest, conflict } from '../http/api-error.ts';
import {
  boolean,
  falseUnlessSaid,
  ip,
  ipBlock,
  list,
  long,
  object,
  optional,
  string,
  type Values,
} from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { AddressPool, NetworkRecord, SubnetRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { addressesOn } from './addresses.ts';
import { contains, overlap, parseCidr, toIp, toNumber } from './cidr.ts';

const details = {
  allocationPools: optional(list(object('cloud.project.AllocationPool', { end: ip, start: ip }))),
  cidr: ipBlock,
  dnsNameServers: optional(list(ip)),
  enableDhcp: falseUnlessSaid,
  gatewayIp: optional(ip),
  hostRoutes: optional(list(object('cloud.network.HostRoute', { destination: ipBlock, nextHop: ip }))),
  ipVersion: long,
  useDefaultPublicDNSResolver: optional(boolean),
};

/** `cloud.network.CreateSubnet`: a subnet of a network that is there. */
export const subnetCreation = { ...details, enableGatewayIp: falseUnlessSaid, name: string };
/** `cloud.network.CreateSubnetSummary`: with its network. */
export const subnetSummary = { ...details, enableGatewayIp: falseUnlessSaid, name: optional(string) };
/** `cloud.network.CreateSubnetForGatewaySummary`: with its network, and always with a gateway IP. */
export const subnetForGateway = { ...details, name: optional(string) };

type Described = Omit<Values<typeof subnetSummary>, 'enableGatewayIp'> & { enableGatewayIp?: boolean };

/** What OVH itself resolves with. */
const defaultNameServers = ['213.186.33.99'];

/** What the regional calls ask for, as `addSubnet` takes it. */
export function describedSubnet({ cidr, enableGatewayIp = true, ...rest }: Described) {
  if (rest.ipVersion !== 4) throw badRequest('Invalid value(s) received: ipVersion');
  return {
    cidr,
    name: rest.name ?? '',
    // Null: the first address of the subnet.
    gatewayIp: enableGatewayIp ? (rest.gatewayIp ?? 'first') : null,
    dhcp: rest.enableDhcp,
    pools: rest.allocationPools ?? [],
    dnsNameServers: rest.dnsNameServers ?? [],
    hostRoutes: rest.hostRoutes ?? [],
  };
}

interface WantedSubnet {
  cidr: string;
  name: string;
  /** An address, or `first`, or none. */
  gatewayIp: string | null;
  dhcp: boolean;
  /** Empty: all of it. */
  pools: AddressPool[];
  dnsNameServers: string[];
  hostRoutes: SubnetRecord['hostRoutes'];
}

/** Begins a subnet; two of a network do not overlap in a region. */
export function addSubnet(
  world: World,
  network: NetworkRecord,
  region: string,
  { cidr, dhcp, ...wanted }: WantedSubnet,
): SubnetRecord {
  const range = parseCidr(cidr);
  if (!range) throw badRequest('Invalid value(s) received: cidr');
  const gatewayIp = wanted.gatewayIp === 'first' ? toIp(range.first + 1) : wanted.gatewayIp;
  if (gatewayIp !== null && !contains(range, gatewayIp))
    throw badRequest('Invalid value(s) received: gatewayIp');
  const all = { start: toIp(range.first + 1), end: toIp(range.last - 1) };
  const pools = wanted.pools.length > 0 ? wanted.pools : [all];
  const isInside = ({ start, end }: AddressPool) =>
    contains(range, start) && contains(range, end) && toNumber(start) <= toNumber(end);
  if (!pools.every(isInside)) throw badRequest('Invalid value(s) received: start, end');
  const twin = network.subnets.find((each) => {
    const other = parseCidr(each.cidr);
    return each.region === region && other && overlap(range, other);
  });
  if (twin) throw conflict(`Subnet ${cidr} overlaps with ${twin.cidr} (${twin.id})`);
  const subnet: SubnetRecord = {
    id: world.random.uuid(),
    name: wanted.name === '' ? cidr : wanted.name,
    region,
    cidr,
    gatewayIp,
    pools: pools.map((pool) => withoutFirst(pool, gatewayIp)),
    dhcp,
    dnsNameServers: wanted.dnsNameServers.length > 0 ? wanted.dnsNameServers : defaultNameServers,
    hostRoutes: wanted.hostRoutes,
  };
  network.subnets.push(subnet);
  return subnet;
}

/** The gateway's address is given to nobody else. */
function withoutFirst({ start, end }: AddressPool, gatewayIp: string | null): AddressPool {
  return { start: start === gatewayIp ? toIp(toNumber(start) + 1) : start, end };
}

/** Ends a subnet that nothing is in. 400, not 409: OVHcloud's Terraform provider waits and tries again on nothing else. */
export function deleteSubnet(
  project: ProjectRecord,
  network: NetworkRecord,
  { id, cidr, region }: SubnetRecord,
  now: number,
): void {
  const range = parseCidr(cidr);
  const used = [...addressesOn(project, network.regions.get(region)?.openstackId ?? '', now)];
  if (range && used.some((address) => contains(range, address)))
    throw badRequest(`invalid: Subnet ${id} is still in use by instances`);
  if (gatewayOf(project, id, now)) throw badRequest(`invalid: Subnet ${id} is still in use by a gateway`);
  network.subnets = network.subnets.filter((each) => each.id !== id);
}

/** The gateway that a subnet has, if any. */
export function gatewayOf({ gateways }: ProjectRecord, subnetId: string, now: number) {
  return [...gateways.values()].find(
    ({ states, interfaces }) =>
      states.at(now) !== undefined && interfaces.some((each) => each.subnetId === subnetId),
  );
}
