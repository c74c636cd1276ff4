import type { CloudInit, CompleteSsh, StepResult } from './guest.ts';
import type { FloatingIpStatus, InstanceStatus, Price, ResourceOutcome, VolumeStatus } from './plan.ts';
import type { CompleteRef } from './ref.ts';

/** What stands at OVH after a provisioning. Programs that read it must accept new keys and new enum values. */
export interface Node {
  apiVersion: 'mooring/v1';
  project: string;
  name: string;
  region: string;
  /** `created`; `adopted`: it was all there; `completed`: parts were missing. */
  outcome: 'created' | 'adopted' | 'completed';
  instance: NodeInstance;
  addresses: Addresses;
  /** What comes in at a private address from outside; null where nothing does. */
  floatingIp: NodeFloatingIp | null;
  /** `hostKeys`: known_hosts lines without the host; empty where nobody knows the machine's key. */
  ssh: { user: string; host: string; port: number; hostKeys: string[] } | null;
  /** What cloud-init said at its end; null: nobody asked. */
  cloudInit: CloudInit | null;
  /** What was done in the guest, in the order of the spec. */
  deploy: StepResult[];
  /** What the instance boots from; null: from an image. */
  bootVolume: NodeVolume | null;
  /** In the order of the spec. */
  volumes: NodeVolume[];
  labels: Record<string, string>;
  /** Null when OVH's catalogue does not answer. */
  price: Price | null;
  /** Milliseconds. `steps` is keyed by step. */
  timing: { totalMs: number; steps: Record<string, number> };
  run: { workflowId: string; runId: string };
}

/** A node that was looked at: null is what only a run knows that made it. Every Node is one. */
export interface InspectedNode extends Omit<Node, MadeBy> {
  outcome: Node['outcome'] | null;
  labels: Node['labels'] | null;
  timing: Node['timing'] | null;
  run: Node['run'] | null;
}

/** What OVH does not say of a node. */
type MadeBy = 'outcome' | 'labels' | 'timing' | 'run';

export interface Addresses {
  publicIpv4: string | null;
  publicIpv6: string | null;
  privateIpv4: string | null;
  floatingIpv4: string | null;
}

export interface NodeFloatingIp {
  id: string;
  ip: string;
  /** Where it comes in. */
  privateIp: string;
  /**
   * A run of the node made it, and the node's end deletes it. False: somebody's, or nobody can prove whose it is: it is
   * given back, and never deleted. Null where only OVH was asked, which does not tell.
   */
  own: boolean | null;
  outcome: ResourceOutcome;
}

export interface NodeInstance {
  id: string;
  /** The name at OVH, which carries the mark. */
  name: string;
  /** OVH's own word, such as `ACTIVE`. */
  status: string;
  flavor: string;
  image: { id: string; name: string } | null;
  availabilityZone: string | null;
  created: string;
  ipAddresses: { ip: string; version: number; type: string; networkId: string }[];
  outcome: ResourceOutcome;
}

export interface NodeVolume {
  name: string;
  id: string;
  /** OVH's own word, such as `in-use`. */
  status: string;
  /** GiB. */
  size: number;
  type: string;
  /** Where the guest sees it; null where OVH does not tell. */
  devicePath: string | null;
  outcome: ResourceOutcome;
}

/** Addresses by kind. */
export function addressesOf({
  ipAddresses,
  floatingIp,
}: Pick<InstanceStatus, 'ipAddresses' | 'floatingIp'>): Addresses {
  // Whether OVH shows a floating IP among the addresses of an instance, it does not say.
  const own = ipAddresses.filter(({ ip }) => ip !== floatingIp?.ip);
  const first = (type: string, version: number) =>
    own.find((address) => address.type === type && address.version === version)?.ip ?? null;
  return {
    publicIpv4: first('public', 4),
    publicIpv6: first('public', 6),
    privateIpv4: first('private', 4),
    floatingIpv4: floatingIp?.ip ?? null,
  };
}

/** Where a node is reached from outside. */
export function outsideOf({ publicIpv4, publicIpv6, floatingIpv4 }: Addresses): string | null {
  return publicIpv4 ?? publicIpv6 ?? floatingIpv4;
}

/** Where to log in: outside before inside. `ssh`: what the spec says of it, where it says anything. */
function sshOf(
  addresses: Node['addresses'],
  login: string | null,
  hostKeys: string[],
  ssh?: Partial<CompleteSsh>,
): Node['ssh'] {
  const host = hostOf(addresses, ssh?.address);
  const user = ssh?.user ?? login;
  return host === null || user === null ? null : { user, host, port: ssh?.port ?? 22, hostKeys };
}

function hostOf(addresses: Addresses, address?: 'public' | 'private') {
  const { privateIpv4 } = addresses;
  return address === 'private' ? privateIpv4 : (outsideOf(addresses) ?? privateIpv4);
}

/** Of a Node what an instance and its volumes, as they were seen, say. */
export function nodeFrom(
  { project, region, name }: CompleteRef,
  { imageUser, flavorId: _flavorId, monthly: _monthly, floatingIp, ...instance }: InstanceStatus,
  volumes: { boot: VolumeStatus | null; data: VolumeStatus[] },
  how: Pick<Node, 'price'> & {
    /** Whom the image lets in, where the instance does not say. */
    login: string | null;
    outcomeOf(id: string): ResourceOutcome;
    ssh?: CompleteSsh | undefined;
    hostKeys?: string[];
    cloudInit?: CloudInit | null;
    deploy?: StepResult[];
  },
): Omit<Node, MadeBy> {
  const { outcomeOf, login, price, ssh, hostKeys = [], cloudInit = null, deploy = [] } = how;
  const addresses = addressesOf({ ...instance, ...(floatingIp && { floatingIp }) });
  const nodeVolume = ({ volume, id, status, size, type }: VolumeStatus): NodeVolume => ({
    name: volume,
    id,
    status,
    size,
    type,
    // OVH's API does not say where the guest sees a volume.
    devicePath: null,
    outcome: outcomeOf(id),
  });
  return {
    apiVersion: 'mooring/v1',
    project,
    name,
    region,
    instance: { ...instance, outcome: outcomeOf(instance.id) },
    addresses,
    floatingIp: floatingIp ? nodeFloatingIp(floatingIp, outcomeOf(floatingIp.id)) : null,
    ssh: sshOf(addresses, imageUser ?? login, hostKeys, ssh),
    cloudInit,
    deploy,
    bootVolume: volumes.boot && nodeVolume(volumes.boot),
    volumes: volumes.data.map(nodeVolume),
    price,
  };
}

function nodeFloatingIp(
  { id, ip, privateIp, own }: FloatingIpStatus,
  outcome: ResourceOutcome,
): NodeFloatingIp {
  return { id, ip, privateIp, own, outcome };
}
