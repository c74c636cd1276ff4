import type { Image } from '../catalogue/images.ts';
import type { Timeline } from './timeline.ts';

export type InstanceStatus =
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

export type VolumeStatus =
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
  states: Timeline<InstanceStatus>;
}

export interface VolumeState {
  status: VolumeStatus;
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
  /** The first and the last address that is given to instances. */
  start: string;
  end: string;
  dhcp: boolean;
}

/** What is gone, for whoever asks the control plane. */
export interface Gone {
  id: string;
  name: string;
  projectId: string;
  deletedAt: string;
}
