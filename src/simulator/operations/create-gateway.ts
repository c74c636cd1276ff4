import { regionsByName } from '../catalogue/regions.ts';
import { badRequest, conflict, serviceError } from '../http/api-error.ts';
import { oneOf, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { GatewayRecord, NetworkRecord, SubnetRecord } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { gatewayOf } from './subnets.ts';

const model = oneOf('cloud.network.GatewayModelEnum', ['2xl', '3xl', 'l', 'm', 's', 'xl']);

/** `cloud.network.CreateGatewaySummary`. */
export const gatewayCreation = { model, name: string };

/** Begins a gateway between a subnet and the public network. It has the subnet's gateway IP. */
export function createGateway(
  world: World,
  project: ProjectRecord,
  network: NetworkRecord,
  subnet: SubnetRecord,
  { name, model: wanted }: { name: string; model: string },
  now: number,
  beginsAt = now,
): GatewayRecord {
  if (name === '') throw badRequest('Invalid value(s) received: name');
  const { region } = subnet;
  if (regionsByName.get(region)?.type === 'localzone')
    throw badRequest(`invalid: Gateways are not available in ${region}`);
  const { maxGateways } = project.quotaIn(region);
  const used = [...project.gateways.values()].filter((each) => each.region === region && each.states.at(now));
  if (used.length >= maxGateways) {
    const message = `conflict: max quota of ${maxGateways} reached for: router`;
    throw serviceError(409, 'Client::MaxQuotaReached::Router', message);
  }
  const gateway: GatewayRecord = {
    id: world.random.uuid(),
    name,
    model: wanted,
    region,
    externalIp: world.nextPublicAddresses().ipv4,
    interfaces: [],
    states: new Timeline<'building' | 'active'>()
      .set(beginsAt, 'building')
      .set(beginsAt + world.delays.volumeMs, 'active'),
  };
  addInterface(world, project, gateway, network, subnet, now);
  project.gateways.set(gateway.id, gateway);
  return gateway;
}

/** Lets the subnet out through the gateway. */
export function addInterface(
  world: World,
  project: ProjectRecord,
  gateway: GatewayRecord,
  network: NetworkRecord,
  { id: subnetId, region, gatewayIp }: SubnetRecord,
  now: number,
) {
  if (gatewayIp === null) throw badRequest(`invalid: Subnet ${subnetId} has no gateway IP`);
  const other = gatewayOf(project, subnetId, now);
  if (other) throw conflict(`Subnet ${subnetId} has gateway ${other.id} already`);
  const networkId = network.regions.get(region)?.openstackId ?? '';
  const added = { id: world.random.uuid(), ip: gatewayIp, networkId, subnetId };
  gateway.interfaces.push(added);
  return added;
}
