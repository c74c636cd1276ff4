import type { InstanceStatus, Price, ResourceOutcome, VolumeStatus } from './plan.ts';
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
  addresses: { publicIpv4: string | null; publicIpv6: string | null; privateIpv4: string | null };
  ssh: { user: string; host: string; port: number } | null;
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
  /** Absent in results of older workers. */
  outcome?: ResourceOutcome | undefined;
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

/** Addresses by kind, and where to log in: the public address before the private one. */
export function addressesOf(instance: Pick<NodeInstance, 'ipAddresses'>): Node['addresses'] {
  const first = (type: string, version: number) =>
    instance.ipAddresses.find((address) => address.type === type && address.version === version)?.ip ?? null;
  return {
    publicIpv4: first('public', 4),
    publicIpv6: first('public', 6),
    privateIpv4: first('private', 4),
  };
}

export function sshOf(addresses: Node['addresses'], user: string | null): Node['ssh'] {
  const host = addresses.publicIpv4 ?? addresses.publicIpv6 ?? addresses.privateIpv4;
  return host === null || user === null ? null : { user, host, port: 22 };
}

/** The Node that an instance and its volumes, as they were seen, make. */
export function nodeFrom(
  { project, region, name }: CompleteRef,
  { imageUser, flavorId: _flavorId, monthly: _monthly, ...instance }: InstanceStatus,
  volumes: { boot: VolumeStatus | null; data: VolumeStatus[] },
  how: Pick<Node, 'outcome' | 'labels' | 'price' | 'timing' | 'run'> & {
    /** Whom the image lets in, where the instance does not say. */
    login: string | null;
    outcomeOf(id: string): ResourceOutcome;
  },
): Node {
  const { outcomeOf, outcome, login, labels, price, timing, run } = how;
  const addresses = addressesOf(instance);
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
    outcome,
    instance: { ...instance, outcome: outcomeOf(instance.id) },
    addresses,
    ssh: sshOf(addresses, imageUser ?? login),
    bootVolume: volumes.boot && nodeVolume(volumes.boot),
    volumes: volumes.data.map(nodeVolume),
    labels,
    price,
    timing,
    run,
  };
}
