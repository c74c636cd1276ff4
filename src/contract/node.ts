import type { CloudInit, CompleteSsh, StepResult } from './guest.ts';
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
  /** `hostKeys`: known_hosts lines without the host; empty where nobody knows the machine's key. */
  ssh: { user: string; host: string; port: number; hostKeys?: string[] | undefined } | null;
  /** What cloud-init said at its end; null: nobody asked. */
  cloudInit?: CloudInit | null | undefined;
  /** What was done in the guest, in the order of the spec. Absent, as the two before, in results of older workers. */
  deploy?: StepResult[] | undefined;
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

/** `ssh`: what the spec says of it, where it says anything. */
export function sshOf(
  addresses: Node['addresses'],
  login: string | null,
  hostKeys: string[],
  ssh?: Partial<CompleteSsh>,
): Node['ssh'] {
  const host = hostOf(addresses, ssh?.address);
  const user = ssh?.user ?? login;
  return host === null || user === null ? null : { user, host, port: ssh?.port ?? 22, hostKeys };
}

function hostOf({ publicIpv4, publicIpv6, privateIpv4 }: Node['addresses'], address?: 'public' | 'private') {
  return address === 'private' ? privateIpv4 : (publicIpv4 ?? publicIpv6 ?? privateIpv4);
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
    ssh?: CompleteSsh | undefined;
    hostKeys?: string[];
    cloudInit?: CloudInit | null;
    deploy?: StepResult[];
  },
): Node {
  const { outcomeOf, outcome, login, labels, price, timing, run } = how;
  const { ssh, hostKeys = [], cloudInit = null, deploy = [] } = how;
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
    ssh: sshOf(addresses, imageUser ?? login, hostKeys, ssh),
    cloudInit,
    deploy,
    bootVolume: volumes.boot && nodeVolume(volumes.boot),
    volumes: volumes.data.map(nodeVolume),
    labels,
    price,
    timing,
    run,
  };
}
