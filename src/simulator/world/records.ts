import type { Image } from '../catalogue/images.ts';
import type { Timeline } from './timeline.ts';

/** `cloud.instance.InstanceStatusEnum` of OVH's schema, as far as the simulator plays it. */
export type InstanceStatusEnum =
  | 'BUILD'
  | 'ACTIVE'
  | 'ERROR'
  | 'DELETING'
  | 'DELETED'
  | 'REBOOT'
  | 'HARD_REBOOT'
  | 'SHUTOFF'
  | 'REBUILD'
  | 'RESIZE'
  | 'VERIFY_RESIZE'
  | 'SHELVING'
  | 'SHELVED'
  | 'SHELVED_OFFLOADED'
  | 'UNSHELVING'
  | 'RESCUING'
  | 'RESCUE'
  | 'UNRESCUING'
  | 'SUSPENDED'
  | 'PAUSED';

/** `cloud.volume.VolumeStatusEnum` of OVH's schema, as far as the simulator plays it. */
export type VolumeStatusEnum =
  | 'creating'
  | 'available'
  | 'attaching'
  | 'in-use'
  | 'detaching'
  | 'extending'
  | 'restoring-backup'
  | 'deleting'
  | 'deleted'
  | 'error'
  | 'error_extending'
  | 'error_deleting';

export interface IpAddress {
  ip: string;
  type: 'public' | 'private';
  version: 4 | 6;
  networkId: string;
  gatewayIp: string | null;
}

/** An instance as OVH keeps it. Times are epoch milliseconds of the simulator's clock, before any skew. */
export interface InstanceRecord {
  id: string;
  name: string;
  region: string;
  flavorId: string;
  /** Empty when it boots from a volume. */
  imageId: string;
  sshKeyId: string | null;
  availabilityZone: string | null;
  groupId: string | null;
  userData: string | null;
  createdAt: number;
  /** When the addresses begin to show, unless the boot fails. */
  addressesAt: number;
  addresses: IpAddress[];
  /** Billed by the month. */
  monthly: boolean;
  /** Of the rescue system, while it runs. */
  rescuePassword: string | null;
  states: Timeline<InstanceStatusEnum>;
}

export interface VolumeState {
  status: VolumeStatusEnum;
  /** What the API shows as `attachedTo`; several only where the type is shared. */
  attachedTo: string[];
  /** The instance that is about to have it: while `attaching` it is not yet in `attachedTo`. */
  attachingTo?: string;
  sizeGiB: number;
}

export interface VolumeRecord {
  id: string;
  name: string;
  description: string;
  region: string;
  type: string;
  availabilityZone: string | null;
  bootable: boolean;
  /** The snapshot that it was made from. */
  snapshotId: string | null;
  createdAt: number;
  states: Timeline<VolumeState>;
}

export interface VolumeSnapshotRecord {
  id: string;
  name: string;
  description: string;
  region: string;
  sizeGiB: number;
  volumeId: string;
  bootable: boolean;
  createdAt: number;
  states: Timeline<'creating' | 'available' | 'deleting' | 'error'>;
}

export interface VolumeBackupRecord {
  id: string;
  name: string;
  region: string;
  sizeGiB: number;
  volumeId: string;
  createdAt: number;
  states: Timeline<'creating' | 'ok' | 'restoring' | 'deleting' | 'error'>;
}

/** An image that was taken of an instance. */
export interface ImageSnapshotRecord {
  image: Image;
  instanceId: string;
  createdAt: number;
  states: Timeline<'queued' | 'saving' | 'active'>;
}

export interface InstanceGroupRecord {
  id: string;
  name: string;
  region: string;
  type: 'affinity' | 'anti-affinity';
}

/** An order that OVH has taken: what its regional calls answer with. */
export interface OperationRecord {
  id: string;
  action: string;
  region: string;
  /** What it is about or makes; several for a bulk order. */
  resourceIds: string[];
  /** The instance that it is about, if any. */
  instanceId: string | null;
  createdAt: number;
  /** From then on `resourceIds` show. */
  knownAt: number;
  completedAt: number;
  fails: boolean;
}

export interface SshKeyRecord {
  id: string;
  name: string;
  publicKey: string;
  regions: string[];
}

/** A private network of a project. */
export interface NetworkRecord {
  id: string;
  name: string;
  vlanId: number;
  /** Region → the id that instances name in `networks[].networkId`, and since when it is usable there. */
  regions: Map<string, { openstackId: string; activeAt: number }>;
  subnets: SubnetRecord[];
}

export interface SubnetRecord {
  id: string;
  name: string;
  region: string;
  cidr: string;
  gatewayIp: string | null;
  /** What is given to instances. */
  pools: AddressPool[];
  dhcp: boolean;
  dnsNameServers: string[];
  hostRoutes: { destination: string; nextHop: string }[];
}

/** From the first to the last address. */
export interface AddressPool {
  start: string;
  end: string;
}

/** A router between subnets and the public network. */
export interface GatewayRecord {
  id: string;
  name: string;
  /** How much goes through it: `s`, `m`, … */
  model: string;
  region: string;
  externalIp: string;
  interfaces: { id: string; ip: string; networkId: string; subnetId: string }[];
  states: Timeline<'building' | 'active'>;
}

/** A public address that comes in at a private one, through a gateway. */
export interface FloatingIpRecord {
  id: string;
  ip: string;
  region: string;
  /** The private address that it was given to last, since `from`; it holds while the instance has that address. */
  association: {
    gatewayId: string;
    instanceId: string;
    networkId: string;
    ip: string;
    from: number;
  } | null;
  states: Timeline<'there'>;
}

/** A backup of an instance by schedule. */
export interface WorkflowBackupRecord {
  id: string;
  name: string;
  /** What the images are called. */
  backupName: string;
  region: string;
  instanceId: string;
  /** Unix cron, UTC. */
  cron: string;
  /** How many images are kept. */
  rotation: number;
  distantBackupName: string | null;
  distantRegion: string | null;
  createdAt: number;
}

/** What is gone, for whoever asks the control plane. */
export interface Gone {
  id: string;
  name: string;
  projectId: string;
  deletedAt: string;
}
