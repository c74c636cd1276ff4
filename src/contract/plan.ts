import type { CompleteNodeSpec, OnDestroy } from './node-spec.ts';

/*
 * What activities and workflows tell each other: for each noun what is wanted, how it is known, and what was seen.
 */

export type ResourceKind = 'instance' | 'volume';
export type ResourceOutcome = 'created' | 'adopted';

/** How one thing at OVH is known: enough to look at it, delete it, and name it to a person. */
export interface Identifier {
  kind: ResourceKind;
  id: string;
  /** The name at OVH. */
  name: string;
}

/** A node's place and the names that prove whose it is. */
export interface Place {
  /** Alias of the OVH project. */
  project: string;
  region: string;
  /** The node's own name, without the mark. */
  node: string;
  mark: string;
}

export interface InstanceStatus {
  id: string;
  name: string;
  status: string;
  flavor: string;
  flavorId: string | null;
  image: { id: string; name: string } | null;
  /** Whom to log in as, where the image says it. */
  imageUser: string | null;
  availabilityZone: string | null;
  /** Billed by the month. */
  monthly: boolean;
  created: string;
  ipAddresses: { ip: string; version: number; type: string; networkId: string }[];
}

export interface VolumeStatus {
  id: string;
  name: string;
  /** Its name in the spec. */
  volume: string;
  status: string;
  size: number;
  type: string;
  availabilityZone: string | null;
  /** Ids of instances. */
  attachedTo: string[];
  onDestroy: OnDestroy;
  /** False: a volume that the spec names by id. It carries no mark, and is never deleted. */
  own: boolean;
}

/** What carried the node's mark, alive, when the run began. Nothing in it is ever deleted by this run's undo. */
export interface Baseline {
  place: Place;
  instances: InstanceStatus[];
  volumes: VolumeStatus[];
  /** How long OVH's lists may lag, in milliseconds. */
  settleMs: number;
  /** When the look began that saw this; absent in runs that began before it was kept. */
  lookedAt?: ServerTime;
}

/** A spec that was checked, without its user data, which only the step that creates the instance needs. */
export type CheckedSpec = Omit<CompleteNodeSpec, 'userData'>;

/** A request that was checked and given its defaults, and what carried the node's mark before it. */
export interface Beginning<Request> {
  request: Request;
  baseline: Baseline;
}

export interface InstanceWanted {
  place: Place;
  /** For people: `instance web-1-k3f9x2ab (b3-8, Debian 12, GRA11)`. */
  about: string;
  /** The name at OVH. */
  name: string;
  flavorId: string;
  /** Null: it boots from the boot volume. */
  imageId: string | null;
  sshKey: { id: string; name: string } | null;
  networks: NetworkWanted[] | null;
  groupId: string | null;
  availabilityZone: string | null;
  monthlyBilling: boolean;
  hostname: string | false;
  userDataFrom: string | null;
}

/** `subnetId`: only where it is the only network, and has no `ip` that says the same. */
export interface NetworkWanted {
  /** The id in the region. */
  networkId: string;
  subnetId?: string;
  ip?: string;
}

export interface VolumeWanted {
  place: Place;
  /** For people: `volume web-1-data-k3f9x2ab (20 GiB, high-speed)`. */
  about: string;
  /** Its name in the spec. */
  volume: string;
  /** The name at OVH. */
  name: string;
  description: string;
  size: number;
  type: string;
  /** Set in regions of several zones, where only OVH's regional call makes volumes. */
  availabilityZone: string | null;
  imageId: string | null;
  snapshotId: string | null;
}

/** A volume as the plan has it, under its name in the spec. */
export type VolumePlan = { volume: string } & ({ existing: VolumeStatus } | { wanted: VolumeWanted });

/** What is missing, with every name resolved to an id; and what is there already, to be adopted. */
export interface Plan {
  /** The volume that the instance boots from, if it does. */
  boot: VolumePlan | null;
  instance: { existing: InstanceStatus } | { wanted: InstanceWanted };
  volumes: VolumePlan[];
  /** Whom the image lets in by SSH, where OVH does not say it of the instance. */
  login: string | null;
  price: Price | null;
}

/** What a node costs, taxes apart; a month of hourly billing has 730 hours. */
export interface Price {
  currency: string;
  hour: number;
  month: number;
}

/** What a create activity answers: the id is history's first. */
export interface Created extends Identifier {
  outcome: ResourceOutcome;
  /** An answer was lost on the way, so OVH may yet show more than this one. */
  unclear: boolean;
}

/** A moment by Temporal's clock, in epoch milliseconds: worker clocks may be minutes off. */
export type ServerTime = number;

/** What a wait waits for, since when, and until when. */
export interface Awaited<Known> {
  place: Place;
  known: Known;
  since: ServerTime;
  deadline: ServerTime;
}

export interface Attachment {
  volumeId: string;
  /** The volume's name at OVH. */
  volumeName: string;
  instanceId: string;
  /** False: a volume that the spec names by id. */
  own: boolean;
  /** It was attached before the run: an undo leaves it so. */
  wasAttached: boolean;
  /** This run has seen it ready to be attached: OVH itself refuses to attach it to two. */
  isFree?: boolean;
}

/** What may stay, and what must go. Everything that carries the mark and is not kept goes. */
export interface Reduction {
  place: Place;
  keep: Identifier[];
  /** Goes although lists may still hide it. */
  known: Identifier[];
  /** Attachments of kept volumes to kept instances that were not there before. */
  detach: Attachment[];
  /** Lists must show nothing new until then; null when every create is known for certain. */
  settleUntil: ServerTime | null;
}

export interface Census {
  place: Place;
  /** What history and the baseline know. */
  known: Identifier[];
  settleUntil: ServerTime | null;
}
