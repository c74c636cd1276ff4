import { badRequest, conflict, notFound } from '../http/api-error.ts';
import { boolean, ipv4, ipv4Block, long, object, oneOf, optional, string, uuid } from '../http/parameters.ts';
import type { Values } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { publicNetworkId, type WantedNetwork } from './addresses.ts';
import { addInterface, createGateway } from './create-gateway.ts';
import { addFloatingIp, findFloatingIp, isAssociated, portFor, tie } from './floating-ips.ts';
import { createRegionalNetwork, leaveRegion } from './regional-networks.ts';

const prefix = 'cloud.instance.CreateInput';
const inner = `${prefix}.Network.Private`;

const privateNetwork = {
  floatingIp: optional(object(`${inner}.FloatingIp`, { id: uuid })),
  floatingIpCreate: optional(object(`${inner}.FloatingIpCreate`, { description: optional(string) })),
  gateway: optional(object(`${inner}.Gateway`, { id: uuid })),
  gatewayCreate: optional(
    object(`${inner}.GatewayCreate`, {
      model: optional(oneOf(`${inner}.GatewayCreate.ModelEnum`, ['l', 'm', 's'])),
      name: optional(string),
    }),
  ),
  ip: optional(ipv4),
  network: optional(object(`${inner}.Network`, { id: uuid, subnetId: optional(uuid) })),
  networkCreate: optional(
    object(`${inner}.NetworkCreate`, {
      name: optional(string),
      subnet: optional(
        object(`${inner}.NetworkCreate.Subnet`, {
          cidr: optional(ipv4Block),
          enableDhcp: optional(boolean),
          enableGatewayIP: optional(boolean),
          ipVersion: optional(long),
        }),
      ),
      vlanId: optional(long),
    }),
  ),
};

/** `network` of an order for an instance. */
export const orderedNetwork = object(`${prefix}.Network`, {
  private: optional(object(inner, privateNetwork)),
  public: optional(boolean),
});

type Private = Values<typeof privateNetwork>;

/** What came to be for an order, from the last to the first: undone where the order comes to nothing. */
export type Undo = (() => void)[];

interface Order {
  region: string;
  /** Of the instance: what is made for it and has no name is called so. */
  name: string;
  network: { private?: Private | null | undefined; public?: boolean | null | undefined };
  count: number;
}

/** Makes the network and the gateway that an order asks for, and says which networks its instances are on. */
export function arrangeNetworks(
  world: World,
  project: ProjectRecord,
  { region, name, network: { private: wanted, public: isPublic }, count }: Order,
  undo: Undo,
  now: number,
): WantedNetwork[] {
  if (!isPublic && !wanted) throw badRequest('invalid: missing network input');
  const outside = isPublic ? [{ networkId: publicNetworkId(region) }] : [];
  if (!wanted) return outside;
  if (!wanted.network === !wanted.networkCreate)
    throw badRequest('invalid: exactly one of network and networkCreate is needed');
  if (count > 1 && (wanted.ip || wanted.floatingIp))
    throw badRequest('invalid: an address can be given to one instance only');
  const { network, networkId, subnetId } = wanted.networkCreate
    ? makeNetwork(
        world,
        project,
        region,
        { ...wanted.networkCreate, name: wanted.networkCreate.name || name },
        undo,
        now,
      )
    : knownNetwork(project, region, wanted.network);
  const subnet = network.subnets.find(
    (each) => each.region === region && (!subnetId || each.id === subnetId),
  );
  if (wanted.gateway || wanted.gatewayCreate) {
    if (!subnet) throw badRequest('invalid: a gateway needs a subnet');
    if (wanted.gateway) {
      const gateway = project.gateways.get(wanted.gateway.id);
      if (gateway?.region !== region || !gateway.states.at(now)) throw notFound('gateway', wanted.gateway.id);
      const isIn = gateway.interfaces.some((each) => each.subnetId === subnet.id);
      const added = isIn ? undefined : addInterface(world, project, gateway, network, subnet, now);
      undo.unshift(() => (gateway.interfaces = gateway.interfaces.filter((each) => each !== added)));
    } else {
      const { model, name: gatewayName } = wanted.gatewayCreate ?? {};
      const asked = { model: model ?? 's', name: gatewayName || name };
      const { id } = createGateway(world, project, network, subnet, asked, now);
      undo.unshift(() => project.gateways.delete(id));
    }
  }
  return [...outside, { networkId, ...(subnetId && { subnetId }), ip: wanted.ip ?? null }];
}

function knownNetwork(project: ProjectRecord, region: string, wanted: Private['network']) {
  const networkId = wanted?.id ?? '';
  const network = project.networks.find(({ regions }) => regions.get(region)?.openstackId === networkId);
  if (!network) throw notFound('networkId', networkId);
  return { network, networkId, subnetId: wanted?.subnetId ?? undefined };
}

function makeNetwork(
  world: World,
  project: ProjectRecord,
  region: string,
  { name, subnet, vlanId }: NonNullable<Private['networkCreate']>,
  undo: Undo,
  now: number,
) {
  if (!subnet?.cidr) throw badRequest('invalid: missing subnet of the new network');
  const { cidr, enableDhcp, enableGatewayIP, ipVersion } = subnet;
  const described = {
    cidr,
    name: null,
    enableDhcp: enableDhcp ?? false,
    enableGatewayIp: enableGatewayIP ?? true,
    ipVersion: ipVersion ?? 4,
    allocationPools: null,
    dnsNameServers: null,
    gatewayIp: null,
    hostRoutes: null,
    useDefaultPublicDNSResolver: null,
  };
  const made = createRegionalNetwork(
    world,
    project,
    region,
    { name: name || 'network', vlanId, subnet: described },
    now,
  );
  // The order takes its time as a whole; what comes first in it is there at once.
  made.place.activeAt = now;
  undo.unshift(() => leaveRegion(project, made.network, region));
  return { network: made.network, networkId: made.place.openstackId, subnetId: made.subnet?.id };
}

/** Gives the instance the floating IP that its order asks for, if any. */
export function giveFloatingIp(
  world: World,
  project: ProjectRecord,
  instance: InstanceRecord,
  wanted: Private | null | undefined,
  undo: Undo,
  { now, beginsAt }: { now: number; beginsAt: number },
): void {
  if (!wanted?.floatingIp && !wanted?.floatingIpCreate) return;
  const { region } = instance;
  const inside = instance.addresses.find(({ type }) => type === 'private');
  const port = portFor(world, project, instance, { ip: inside?.ip ?? '' }, now, true);
  if (wanted.floatingIp) {
    const found = findFloatingIp(project, { regionName: region, floatingIpId: wanted.floatingIp.id }, now);
    if (isAssociated(found, project, now)) throw conflict(`Floating IP ${found.id} is associated already`);
    tie(world, found, port, beginsAt);
    undo.unshift(() => tie(world, found, null, now));
    return;
  }
  const made = addFloatingIp(world, project, region, now, beginsAt);
  tie(world, made, port, beginsAt);
  undo.unshift(() => project.floatingIps.delete(made.id));
}
