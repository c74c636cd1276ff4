import type { CheckedSpec, FloatingIpPlan, FloatingNetworkSpec } from '../../contract/index.ts';
import { floatingNetwork } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { nearest } from '../../input/nearest.ts';
import type { FloatingIp, Gateway } from '../../ovh/index.ts';
import { askAgain } from '../looking/ask-again.ts';
import { undefinedIfGone, type ServedProject } from '../project.ts';
import { privateNetwork } from './differences.ts';
import { contains } from './pick-networks.ts';

/**
 * What is tied to what, where a floating IP is asked for and none comes in yet. That there is a way in, and that the one
 * that somebody named is free, is said before anything is made.
 */
export async function pickFloatingIp(
  project: ServedProject,
  spec: CheckedSpec,
  problems: string[],
): Promise<FloatingIpPlan | undefined> {
  const wanted = floatingNetwork(spec.networks);
  if (!wanted) return undefined;
  const { region, name } = spec;
  // A network that is not there is said where networks are picked.
  const network = privateNetwork(await project.catalogue.networks(), wanted.network, region);
  if (!network?.openstackId) return undefined;
  const regional = project.ovh.regional(region);
  const at = { ...network, openstackId: network.openstackId };
  const look = async () => {
    const [gateways, listed] = await Promise.all([
      undefinedIfGone(regional.gateways()),
      undefinedIfGone(project.floatingIps(region).list()),
    ]);
    if (!gateways || !listed) return undefined;
    const isWayIn = await hasWayIn(project, gateways, at, wanted);
    const isThere = wanted.floatingIp === true || listed.some(({ ip }) => ip === wanted.floatingIp);
    return { listed, isWayIn, isThere };
  };
  // Nobody is refused for good by one list, which OVH may answer empty while it is in trouble.
  const seen = await askAgain(look, (now) => !now || (now.isWayIn && now.isThere), timing.brieflyMs);
  if (!seen) {
    problems.push(`${region} has no floating IPs; give the node a public network instead`);
    return undefined;
  }
  const { listed, isWayIn } = seen;
  if (!isWayIn)
    problems.push(
      `network "${wanted.network}" has no gateway in ${region}, so no floating IP can come in; make a gateway for it, or give the node a public network`,
    );
  const given = wanted.floatingIp === true ? null : pickGiven(listed, wanted.floatingIp, region, problems);
  return {
    wanted: {
      about: `floating IP ${given ? `${given.ip} ` : ''}of ${name} in network ${wanted.network}`,
      networkId: network.openstackId,
      given: given ?? null,
      stood: listed.map(({ id }) => id),
    },
  };
}

/** Whether some gateway lets out the subnet that the address will be of, as far as the spec says which that is. */
async function hasWayIn(
  project: ServedProject,
  gateways: Gateway[],
  network: { id: string; openstackId: string },
  { subnet, ip }: FloatingNetworkSpec,
): Promise<boolean> {
  const interfaces = gateways
    .flatMap((gateway) => gateway.interfaces)
    .filter(({ networkId }) => networkId === network.openstackId);
  if (interfaces.length === 0 || (subnet == null && ip === undefined)) return interfaces.length > 0;
  const subnets = await project.ovh.networks.subnets(network.id);
  const chosen = subnets.find((each) =>
    subnet == null ? contains(each, ip ?? '') : each.id === subnet || each.cidr === subnet,
  );
  return interfaces.some(({ subnetId }) => subnetId === chosen?.id);
}

function pickGiven(listed: FloatingIp[], ip: string, region: string, problems: string[]) {
  const found = listed.find((each) => each.ip === ip);
  if (!found) {
    const free = listed.filter(({ port }) => port === null).map((each) => each.ip);
    const known = free.length === 0 ? 'none is free there' : `free: ${nearest(ip, free).join(', ')}`;
    problems.push(`floating IP ${ip} is not in ${region}; ${known}`);
    return undefined;
  }
  if (found.port !== null)
    problems.push(`floating IP ${ip} (${found.id}) belongs to address ${found.port.ip} already`);
  return { id: found.id, ip };
}
