import { isIP, BlockList } from 'node:net';
import type { CheckedSpec, NetworkWanted, PrivateNetworkSpec } from '../../contract/index.ts';
import type { Network, Subnet } from '../../ovh/index.ts';
import { privateNetwork } from './differences.ts';
import { nearest } from '../../input/nearest.ts';
import type { ServedProject } from '../project.ts';

/** Null for the public network alone, which is what OVH gives to who names none. */
export async function pickNetworks(
  project: ServedProject,
  spec: CheckedSpec,
  problems: string[],
): Promise<NetworkWanted[] | null> {
  if (spec.networks.every((network) => 'public' in network)) return null;
  const networks = await project.catalogue.networks();
  const picked = await Promise.all(
    spec.networks.map(async (wanted) =>
      'public' in wanted
        ? pickPublic(networks, spec.region, problems)
        : pickPrivate(project, networks, wanted, spec, problems),
    ),
  );
  return picked.filter((network) => network !== undefined);
}

function pickPublic(networks: Network[], region: string, problems: string[]): NetworkWanted | undefined {
  const here = networks
    .filter(({ visibility }) => visibility === 'public')
    .flatMap(({ regions }) => regions.filter((candidate) => candidate.region === region));
  const networkId = here[0]?.openstackId;
  if (networkId) return { networkId };
  problems.push(`${region} has no public network`);
  return undefined;
}

async function pickPrivate(
  project: ServedProject,
  networks: Network[],
  { network, subnet, ip }: PrivateNetworkSpec,
  spec: CheckedSpec,
  problems: string[],
): Promise<NetworkWanted | undefined> {
  const found = privateNetwork(networks, network, spec.region);
  if (!found?.openstackId) {
    const names = networks.filter(({ visibility }) => visibility === 'private').map(({ name }) => name);
    const known =
      names.length === 0 ? 'the project has none' : `nearest: ${nearest(network, names).join(', ')}`;
    problems.push(`network "${network}" is not in ${spec.region}; ${known}`);
    return undefined;
  }
  const wanted = { networkId: found.openstackId, ...(ip !== undefined && { ip }) };
  if (subnet == null) return wanted;

  const subnets = await project.ovh.networks.subnets(found.id);
  const here = subnets.filter(({ regions }) => regions.includes(spec.region));
  const chosen = here.find(({ id, cidr }) => id === subnet || cidr === subnet);
  if (!chosen)
    problems.push(
      `subnet "${subnet}" is not in network "${network}" in ${spec.region}; it has ${here.map(({ cidr }) => cidr).join(', ') || 'none'}`,
    );
  else if (ip !== undefined && !contains(chosen, ip))
    problems.push(`${ip} is not an address of subnet ${chosen.cidr}`);
  else if (ip === undefined && spec.networks.length > 1)
    problems.push(
      `OVH can choose a subnet only for an instance of one network; give an "ip" of subnet ${chosen.cidr} instead`,
    );
  // An address says the subnet by itself.
  return chosen && ip === undefined ? { ...wanted, subnetId: chosen.id } : wanted;
}

/** Whether a subnet has the address. */
export function contains({ cidr }: Subnet, ip: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const addresses = new BlockList();
  addresses.addSubnet(address, Number(bits), family);
  return addresses.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}
