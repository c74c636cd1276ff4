import type { CompleteDeploy, CompleteReady, CompleteSsh, DeploySpec, ReadySpec, SshSpec } from './guest.ts';

/** What a user asks for. `NodeSpec` is what may be written, `CompleteNodeSpec` what every default makes of it. */
export interface NodeSpec {
  apiVersion?: 'mooring/v1' | undefined;
  /** Alias of an OVH project; workers map it to a project id and credentials. Default `main`. */
  project?: string | undefined;
  /** Unique per project and region: `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 40 characters. */
  name: string;
  /** OVH region, such as `GRA11`. */
  region: string;
  /** Needed in regions of several zones, such as `eu-west-par-a`. */
  availabilityZone?: string | null | undefined;
  /** Name or id of a flavor that the region sells. */
  flavor: string;
  /** Name or id; a name means the newest active image of that name in the region. */
  image?: string | null | undefined;
  /** Instead of `image`: the instance boots from a volume that is made from an image. */
  bootVolume?: BootVolumeSpec | null | undefined;
  /** Name of a key that the project has. */
  sshKey?: string | null | undefined;
  /** `null`: the node's name; `false`: leave it to OVH, which takes the wire name. */
  hostname?: string | false | null | undefined;
  /** cloud-init, at most 49,149 bytes after merging. */
  userData?: string | null | undefined;
  /** Instead of `userData`: `file:web.yaml` or `env:WEB_USER_DATA`, read by the worker, which must allow it. */
  userDataFrom?: string | null | undefined;
  /** 1 to 8. */
  networks?: NetworkSpec[] | undefined;
  /** 0 to 20, attached in this order. */
  volumes?: VolumeSpec[] | undefined;
  /** Name or id of an instance group of the region. */
  group?: string | null | undefined;
  billing?: 'hourly' | 'monthly' | undefined;
  /** At most 16; they live in Temporal's memo. */
  labels?: Record<string, string> | undefined;
  ready?: ReadySpec | undefined;
  ssh?: SshSpec | undefined;
  deploy?: DeploySpec | undefined;
  run?: RunSpec | undefined;
}

export type OnDestroy = 'delete' | 'keep';

export type NetworkSpec = { public: true } | PrivateNetworkSpec;

export interface PrivateNetworkSpec {
  /** Name or id. */
  network: string;
  /** Id or CIDR, `10.1.0.0/24`. */
  subnet?: string | null | undefined;
  ip?: string | undefined;
  /**
   * An address by which the node is reached from outside: `true` makes one, which ends with the node; one that is there
   * already, by its address, is only tied to the node. The network needs a gateway. One network of a node can have it.
   */
  floatingIp?: true | string | undefined;
}

/** The network of a node that a floating IP comes in at. */
export type FloatingNetworkSpec = PrivateNetworkSpec & { floatingIp: true | string };

export function floatingNetwork(networks: NetworkSpec[]): FloatingNetworkSpec | undefined {
  return networks.find(
    (network): network is FloatingNetworkSpec => 'network' in network && network.floatingIp !== undefined,
  );
}

/** Whether a node has an address that it is reached at from anywhere. */
export function isReachedFromOutside(networks: NetworkSpec[]): boolean {
  return networks.some((network) => 'public' in network) || floatingNetwork(networks) !== undefined;
}

/** The volume that an instance boots from. It is called `boot` among the node's volumes. */
export interface BootVolumeSpec {
  /** GiB, at least 10. */
  size: number;
  /** Default `high-speed`. */
  type?: VolumeType | undefined;
  /** Name or id; a name means the newest active image of that name in the region. */
  image: string;
  onDestroy?: OnDestroy | undefined;
}

export const BOOT_VOLUME = 'boot';

export interface VolumeSpec {
  /** `^[a-z0-9-]{1,30}$`, unique in the node: identity never depends on the position. */
  name: string;
  /** GiB, at least 10. Only a volume with an `id` has none: it is as large as it is. */
  size?: number | null | undefined;
  /** Default `high-speed`. */
  type?: VolumeType | null | undefined;
  /** Name or id of a volume snapshot of the region; a name means the newest of that name. */
  fromSnapshot?: string | null | undefined;
  /** A volume that exists already: it is attached, and never deleted. */
  id?: string | null | undefined;
  onDestroy?: OnDestroy | undefined;
}

/** Source: `cloud.volume.VolumeTypeEnum` of OVH's API. */
export const VOLUME_TYPES = [
  'classic',
  'classic-luks',
  'classic-multiattach',
  'high-speed',
  'high-speed-gen2',
  'high-speed-gen2-luks',
  'high-speed-luks',
] as const;
export type VolumeType = (typeof VOLUME_TYPES)[number];

/** How to run, apart from what to make: two specs that differ here only describe the same node. */
export interface RunSpec {
  onFailure?: 'rollback' | 'keep' | undefined;
  /** Durations such as `90s`, `60m`, `2h`. */
  deadlines?:
    | {
        instance?: string | undefined;
        volume?: string | undefined;
        attach?: string | undefined;
        ready?: string | undefined;
      }
    | undefined;
}

/** A volume that Mooring makes, or one that exists already. */
export type CompleteVolumeSpec =
  | {
      name: string;
      size: number;
      type: VolumeType;
      fromSnapshot: string | null;
      id: null;
      onDestroy: OnDestroy;
    }
  | { name: string; size: null; type: null; fromSnapshot: null; id: string; onDestroy: 'keep' };

export type OwnVolumeSpec = Extract<CompleteVolumeSpec, { id: null }>;

export interface CompleteNodeSpec {
  apiVersion: 'mooring/v1';
  project: string;
  name: string;
  region: string;
  availabilityZone: string | null;
  flavor: string;
  /** Exactly one of `image` and `bootVolume`. */
  image: string | null;
  bootVolume: { size: number; type: VolumeType; image: string; onDestroy: OnDestroy } | null;
  sshKey: string | null;
  hostname: string | false | null;
  userData: string | null;
  userDataFrom: string | null;
  networks: NetworkSpec[];
  volumes: CompleteVolumeSpec[];
  group: string | null;
  billing: 'hourly' | 'monthly';
  labels: Record<string, string>;
  ready: CompleteReady;
  ssh: CompleteSsh;
  deploy: CompleteDeploy;
  run: {
    onFailure: 'rollback' | 'keep';
    deadlines: { instance: string; volume: string; attach: string; ready: string };
  };
}

/** `60m` in milliseconds. The schema has refused everything else. */
export function durationMs(duration: string): number {
  const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };
  return Number.parseInt(duration, 10) * (units[duration.slice(-1)] ?? Number.NaN);
}
