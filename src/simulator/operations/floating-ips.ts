import { badRequest, conflict, notFound, serviceError } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { ip, object, optional, uuid } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { FloatingIpRecord, InstanceRecord } from '../world/records.ts';
import { Timeline } from '../world/timeline.ts';
import type { World } from '../world/world.ts';
import { contains, parseCidr } from './cidr.ts';
import { createGateway, gatewayCreation } from './create-gateway.ts';
import { interfacesOf } from './instance-extras.ts';
import { findInstance } from './instances.ts';
import { publicNetworkId } from './addresses.ts';
import { addOperation, operationView } from './operations.ts';
import { findRegion } from './regions.ts';
import { gatewayOf } from './subnets.ts';

const all = '/region/{regionName}/floatingip';
const one = `${all}/{floatingIpId}` as const;
const ofInstance = '/region/{regionName}/instance/{instanceId}';

const gateway = optional(object('cloud.network.CreateGatewaySummary', gatewayCreation));

export const floatingIpOperations = [
  inProject({
    method: 'GET',
    path: all,
    iam: 'region/floatingip/get',
    handle({ world, project, now, params: { regionName } }) {
      const { name: region } = findRegion(project, regionName, now);
      const time = now - world.delays.listLagMs;
      return [...project.floatingIps.values()]
        .filter((each) => each.region === region && each.states.at(time))
        .map((each) => floatingIpView(each, project, time));
    },
  }),

  inProject({
    method: 'GET',
    path: one,
    iam: 'region/floatingip/get',
    handle: ({ project, now, params }) => floatingIpView(findFloatingIp(project, params, now), project, now),
  }),

  inProject({
    method: 'DELETE',
    path: one,
    iam: 'region/floatingip/delete',
    handle({ world, project, now, params }) {
      const found = findFloatingIp(project, params, now);
      tie(world, found, null, now);
      found.states.set(now, undefined);
    },
  }),

  inProject({
    method: 'POST',
    path: `${one}/detach`,
    iam: 'region/floatingip/detach',
    handle({ world, project, now, params }) {
      const found = findFloatingIp(project, params, now);
      if (!isAssociated(found, project, now))
        throw badRequest(`invalid: Floating IP ${found.id} is not associated`);
      tie(world, found, null, now);
    },
  }),

  inProject({
    method: 'POST',
    path: `${ofInstance}/floatingIp`,
    iam: 'region/instance/floatingIp/create',
    body: { gateway, ip },
    handle({ world, project, now, fails, params, body }) {
      const { instance } = findInRegion(project, params, now);
      const port = portFor(world, project, instance, body, now);
      // First it is there, then it is given to the address; of two orders for one address the second comes too late.
      const beginsAt = now + world.delays.operationMs / 2;
      const made = fails ? undefined : addFloatingIp(world, project, instance.region, now, beginsAt);
      const isFirst = !holderOf(project, port, Infinity);
      if (made && isFirst) tie(world, made, port, now + world.delays.operationMs);
      return ordered(world, project, instance, 'floatingip#create', made, now, isFirst);
    },
  }),

  inProject({
    method: 'POST',
    path: `${ofInstance}/associateFloatingIp`,
    iam: 'region/instance/associateFloatingIp',
    body: { floatingIpId: uuid, gateway, ip },
    handle({ world, project, now, params, body }) {
      const { instance } = findInRegion(project, params, now);
      const { regionName } = params;
      const found = findFloatingIp(project, { regionName, floatingIpId: body.floatingIpId }, now);
      if (isAssociated(found, project, now)) throw conflict(`Floating IP ${found.id} is associated already`);
      const port = portFor(world, project, instance, body, now);
      if (holderOf(project, port, Infinity)) throw conflict(`${port.ip} is given a floating IP already`);
      tie(world, found, port, now + world.delays.operationMs);
      return ordered(world, project, instance, 'floatingip#associate', found, now);
    },
  }),
];

function findInRegion(
  project: ProjectRecord,
  params: { regionName: string; instanceId: string },
  now: number,
) {
  const found = findInstance(project, params.instanceId, now);
  if (found.instance.region !== params.regionName) throw notFound('instanceId', params.instanceId);
  return found;
}

export function findFloatingIp(
  project: ProjectRecord,
  { regionName, floatingIpId }: { regionName: string; floatingIpId: string },
  now: number,
): FloatingIpRecord {
  const found = project.floatingIps.get(floatingIpId);
  if (found?.region !== regionName || !found.states.at(now)) throw notFound('floatingIpId', floatingIpId);
  return found;
}

type Port = Omit<NonNullable<FloatingIpRecord['association']>, 'from'>;

/** From then on it comes in there; null: nowhere. Machines that had it or get it answer accordingly. */
export function tie(world: World, floatingIp: FloatingIpRecord, port: Port | null, from: number): void {
  const before = floatingIp.association?.instanceId;
  floatingIp.association = port && { ...port, from };
  for (const id of [before, port?.instanceId]) if (id !== undefined) world.guests?.comesIn(id, from);
}

/** The floating IP that an address has, or will have by then. */
function holderOf(
  project: ProjectRecord,
  port: Omit<Port, 'gatewayId'>,
  by: number,
): FloatingIpRecord | undefined {
  return [...project.floatingIps.values()].find(
    ({ states, association }) =>
      states.final &&
      association?.instanceId === port.instanceId &&
      association.ip === port.ip &&
      association.networkId === port.networkId &&
      association.from <= by,
  );
}

/** Where a floating IP comes in: a private address of the instance, in a subnet with a gateway. One address has one. */
export function portFor(
  world: World,
  project: ProjectRecord,
  instance: InstanceRecord,
  wanted: { ip: string; gateway?: { name: string; model: string } | null | undefined },
  now: number,
  /** An order that brings its gateway along waits for it. */
  sameOrder = false,
): Port {
  const address = instance.addresses.find((each) => each.ip === wanted.ip && each.type === 'private');
  if (!address) throw badRequest(`invalid: ${wanted.ip} is not a private address of the instance`);
  const network = project.networks.find(
    ({ regions }) => regions.get(instance.region)?.openstackId === address.networkId,
  );
  const subnet = network?.subnets.find(({ cidr, region }) => {
    const range = parseCidr(cidr);
    return region === instance.region && range && contains(range, wanted.ip);
  });
  if (!network || !subnet) throw badRequest(`invalid: ${wanted.ip} is in no subnet`);
  const { id: instanceId } = instance;
  const { networkId } = address;
  const holder = holderOf(project, { instanceId, networkId, ip: wanted.ip }, now);
  if (holder) throw conflict(`${wanted.ip} has floating IP ${holder.ip} already`);
  const found = gatewayOf(project, subnet.id, now);
  if (found?.states.at(now) === 'building' && !sameOrder) throw conflict(`Gateway ${found.id} is not active`);
  if (!found && !wanted.gateway) throw badRequest(`invalid: Subnet ${subnet.id} has no gateway`);
  const { id: gatewayId } =
    found ?? createGateway(world, project, network, subnet, wanted.gateway ?? { name: '', model: 's' }, now);
  return { gatewayId, instanceId, networkId, ip: wanted.ip };
}

/** Begins a floating IP that belongs to nothing yet. Nothing names it: the contract has no description to read. */
export function addFloatingIp(
  world: World,
  project: ProjectRecord,
  region: string,
  now: number,
  beginsAt: number,
): FloatingIpRecord {
  const { maxFloatingIps } = project.quotaIn(region);
  const used = [...project.floatingIps.values()].filter(
    (each) => each.region === region && each.states.final,
  );
  if (used.length >= maxFloatingIps) {
    const message = `conflict: max quota of ${maxFloatingIps} reached for: floatingip`;
    throw serviceError(409, 'Client::MaxQuotaReached::FloatingIP', message);
  }
  const made: FloatingIpRecord = {
    id: world.random.uuid(),
    ip: world.nextPublicAddresses().ipv4,
    region,
    association: null,
    states: new Timeline<'there'>().set(beginsAt, 'there'),
  };
  project.floatingIps.set(made.id, made);
  return made;
}

/** What it belongs to, as long as that is there: an instance that goes leaves its floating IPs behind. */
function associationOf({ association }: FloatingIpRecord, project: ProjectRecord, now: number) {
  if (!association || association.from > now) return undefined;
  const instance = project.instances.get(association.instanceId);
  const isThere = instance && (instance.createdAt > now || instance.states.at(now));
  const port =
    isThere &&
    interfacesOf(project, instance).find(
      ({ networkId, fixedIps }) =>
        networkId === association.networkId && fixedIps.some((each) => each.ip === association.ip),
    );
  return port ? { ...association, portId: port.id } : undefined;
}

export const isAssociated = (record: FloatingIpRecord, project: ProjectRecord, now: number) =>
  associationOf(record, project, now) !== undefined;

/** The floating IPs of an instance. */
export function floatingIpsOf(
  project: ProjectRecord,
  { id }: InstanceRecord,
  now: number,
): FloatingIpRecord[] {
  return [...project.floatingIps.values()].filter(
    (each) => each.states.at(now) && associationOf(each, project, now)?.instanceId === id,
  );
}

export function floatingIpView(record: FloatingIpRecord, project: ProjectRecord, now: number) {
  const { id, ip: address, region } = record;
  const held = associationOf(record, project, now);
  return {
    id,
    ip: address,
    region,
    networkId: publicNetworkId(region),
    status: held ? 'active' : 'down',
    associatedEntity: held
      ? { gatewayId: held.gatewayId, id: held.portId, ip: held.ip, type: 'instance' }
      : null,
  };
}

function ordered(
  world: World,
  project: ProjectRecord,
  { id, region }: InstanceRecord,
  action: string,
  made: FloatingIpRecord | undefined,
  now: number,
  isGiven = true,
) {
  const completedAt = now + world.delays.operationMs;
  const operation = addOperation(world, project, {
    now,
    action,
    region,
    resourceIds: made ? [made.id] : [],
    instanceId: id,
    knownAt: completedAt,
    completedAt,
    fails: !made || !isGiven,
  });
  return operationView(operation, world, now);
}
