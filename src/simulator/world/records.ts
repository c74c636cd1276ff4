import type { Timeline } from './timeline.ts';

export type InstanceStatus =
  'BUILD' | 'ACTIVE' | 'ERROR' | 'DELETING' | 'DELETED' | 'REBOOT' | 'HARD_REBOOT' | 'SHUTOFF';

export type VolumeStatus =
  | 'creating'
  | 'available'
  | 'attaching'
  | 'in-use'
  | 'detaching'
  | 'extending'
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
  userData: string | null;
  createdAt: number;
  /** When the addresses begin to show, unless the boot fails. */
  addressesAt: number;
  addresses: IpAddress[];
  /** Billed by the month. */
  monthly: boolean;
  states: Timeline<InstanceStatus>;
}

export interface VolumeState {
  status: VolumeStatus;
  /** What the API shows as `attachedTo`. */
  attachedTo: string | null;
  /** The instance that is about to have it: while `attaching`, `attachedTo` is still empty. */
  attachingTo?: string;
  sizeGiB: number;
}

export interface VolumeRecord {
  id: string;
  name: string;
  description: string;
  region: string;
  type: string;
  bootable: boolean;
  createdAt: number;
  states: Timeline<VolumeState>;
}

export interface SshKeyRecord {
  id: string;
  name: string;
  publicKey: string;
  regions: string[];
}

/** A private network of a project, with one subnet in each region. */
export interface NetworkRecord {
  id: string;
  name: string;
  vlanId: number;
  /** Region → the id that instances name in `networks[].networkId`. */
  openstackIds: Map<string, string>;
  cidr: string;
  gatewayIp: string;
  subnetIds: Map<string, string>;
}

/** What is gone, for whoever asks the control plane. */
export interface Gone {
  id: string;
  name: string;
  projectId: string;
  deletedAt: string;
}
