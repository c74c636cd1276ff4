import type { CheckedDeploy, GuestPlan } from './guest.ts';
import type { CompleteNodeSpec, OnDestroy } from './node-spec.ts';
import type { CheckedDeployInput, DeployPlan, Workflows, WorkflowType } from './workflows.ts';

/*
 * What activities and workflows tell each other: for each noun what is wanted, how it is known, and what was seen.
 */

/** A floating IP has no name: it is called by its address. */
export type ResourceKind = 'instance' | 'volume' | 'floatingIp';
export type ResourceOutcome = 'created' | 'adopted';

/** How one thing at OVH is known: enough to look at it, delete it, and name it to a person. */
export interface Identifier {
  kind: ResourceKind;
  id: string;
  /** The name at OVH. */
  name: string;
}

/** Only what a thing is known by: what else is known of it does not travel into activities and failures. */
export function identifier({ kind, id, name }: Identifier): Identifier {
  return { kind, id, name };
}

/** A node's place, and the names that prove whose it is and which run made it. */
export interface Place {
  /** Alias of the OVH project. */
  project: string;
  /** OVH's own id of it: another worker may know another project by the same alias. */
  projectId: string;
  owner: string;
  region: string;
  /** The node's own name, without mark and sign. */
  node: string;
  mark: string;
  /** The run under which the baseline was taken. A run that was reset has another id, and must begin again. */
  runId: string;
  /** The run of the fleet that the node is made for, where there is one: its nodes carry its sign. */
  maker?: string;
  /** The maker's sign, of that run or else of the run itself: the end of each name that it gives. */
  sign: string;
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
  /** What comes in from outside; absent where nothing does or nobody has looked. */
  floatingIp?: FloatingIpStatus;
}

/** A floating IP that is tied to a private address of a node. */
export interface FloatingIpStatus {
  id: string;
  ip: string;
  privateIp: string;
  /** As `NodeFloatingIp.own`. */
  own: boolean | null;
}

/** What a baseline knows of a floating IP, which cannot carry a mark. */
export interface FloatingIpBefore {
  id: string;
  ip: string;
  /** Of the run that made it, as far as Temporal remembers; null: nothing proves that the node's runs did. */
  sign: string | null;
  /** Of the node's instance, that it comes in at: once that is gone, nothing tells whose it was. Null: it belongs to nothing. */
  port: Port | null;
}

/** Where a floating IP comes in: an interface of an instance, and its private address there. */
export interface Port {
  id: string;
  ip: string;
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
  created: string;
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
  /** Of a node that somebody destroys, where there are any. */
  floatingIps?: FloatingIpBefore[];
  /** Ids of what came, or was delivered, after a destroy had first begun that somebody has reset, where there are any. */
  newer?: string[];
  /** When the look began that saw this. */
  lookedAt: ServerTime;
}

/**
 * A spec that was checked, without its user data, which only the step that creates the instance needs, and without the
 * texts of its deploy steps.
 */
export type CheckedSpec = Omit<CompleteNodeSpec, 'userData' | 'deploy'> & {
  deploy: CheckedDeploy;
  /** Cloud-init is given more than what Mooring itself says. */
  hasUserData: boolean;
  /** Its user data brings host keys of its own; what `userDataFrom` names is known to the worker alone. */
  bringsHostKeys: boolean;
};

/** A request that was checked, as histories have it. */
export type CheckedRequest<Type extends WorkflowType> = Type extends 'provisionNodeWithVolume'
  ? CheckedSpec
  : Type extends 'deployNode'
    ? CheckedDeployInput
    : Workflows[Type]['request'];

/** Why a run takes another baseline: it was reset, or has made way for what it found. Null: it is its first. */
export type BeginAgain = 'reset' | 'gave way' | null;

/** What a request comes to, where that is planned before anything is done. */
export type PlanOf<Type extends WorkflowType> = Type extends 'provisionNodeWithVolume'
  ? Plan
  : Type extends 'deployNode'
    ? DeployPlan
    : undefined;

/** A request that was checked and given its defaults, what carried the node's mark before it, and what is to be done. */
export interface Beginning<Type extends WorkflowType> {
  request: CheckedRequest<Type>;
  baseline: Baseline;
  plan: PlanOf<Type>;
}

/** What stood before a run that was refused, and is left alone. */
export interface Stood {
  project: string;
  spared: Identifier[];
}

export interface InstanceWanted {
  place: Place;
  /** For people: `instance web-1-k3f9x2ab-q7mz4c (b3-8, Debian 12, GRA11)`. */
  about: string;
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
  /** The public half of the host key that the user data brings; null: none. */
  hostKey: string | null;
  /** Public lines that cloud-init adds to what lets the image's user in. */
  authorizedKeys: string[];
  /** How long it usually takes OVH; absent where the worker has seen none yet. For people alone. */
  usualMs?: number;
}

/** `userData` is in no plan, since histories have it once; `volumeId` is the boot volume, once it is known. */
export type InstanceToCreate = InstanceWanted & { userData: string | null; volumeId: string | null };

/** `subnetId`: only where it is the only network, and has no `ip` that says the same. */
export interface NetworkWanted {
  /** The id in the region. */
  networkId: string;
  subnetId?: string;
  ip?: string;
}

export interface VolumeWanted {
  place: Place;
  /** For people: `volume web-1-data-k3f9x2ab-q7mz4c (20 GiB, high-speed)`. */
  about: string;
  /** Its name in the spec. */
  volume: string;
  onDestroy: OnDestroy;
  size: number;
  type: string;
  /** Set in regions of several zones, where only OVH's regional call makes volumes. */
  availabilityZone: string | null;
  imageId: string | null;
  snapshotId: string | null;
  /** As an instance's. */
  usualMs?: number;
}

/** A floating IP at a private address of the instance. It can only be made there, and known by that. */
export interface FloatingIpWanted {
  /** For people: `floating IP of web-1 in network private`. */
  about: string;
  /** The network's id in the region. */
  networkId: string;
  /** One that is there already; null: it is to be made. */
  given: { id: string; ip: string } | null;
  /** Ids of all that OVH showed in the region before: none of them is this run's. */
  stood: string[];
}

export type FloatingIpPlan = { existing: FloatingIpStatus } | { wanted: FloatingIpWanted };

/** What is to be tied to what. */
export interface FloatingIpAct extends FloatingIpWanted {
  place: Place;
  instance: { id: string; name: string };
}

/** A floating IP that was tied to an instance. `isProven`: that this run made it. */
export interface FloatingIpMade extends Created {
  isProven: boolean;
}

/** Floating IPs that a run may have made. */
export interface FloatingIpsFound {
  own: Identifier[];
  /** They belong to the node's instance since the run asked for one, and nothing proves that this run made them. */
  unproven: Identifier[];
}

/** A volume as the plan has it, under its name in the spec. */
export type VolumePlan = { volume: string } & ({ existing: VolumeStatus } | { wanted: VolumeWanted });

/** What is missing, with every name resolved to an id; and what is there already, to be adopted. */
export interface Plan {
  /** The volume that the instance boots from, if it does. */
  boot: VolumePlan | null;
  instance: { existing: InstanceStatus } | { wanted: InstanceWanted };
  volumes: VolumePlan[];
  /** Absent where none is asked for. */
  floatingIp?: FloatingIpPlan;
  /** Whom the image lets in by SSH, where OVH does not say it of the instance. */
  login: string | null;
  price: Price | null;
  /** How the guest is reached; null where nobody asks it anything. */
  guest: GuestPlan | null;
  /** Public lines, one of which the machine proves itself with, as far as anybody knows. */
  hostKeys: string[];
}

/** What an instance and its volumes cost, taxes apart, and neither floating IPs nor traffic; a month of hourly billing has 730 hours. */
export interface Price {
  currency: string;
  hour: number;
  month: number;
}

/** What a create activity answers, which is always of this run's own making: the id is history's first. */
export interface Created extends Identifier {
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
  /** How long it usually takes, as the plan has it. For people alone. */
  usualMs?: number;
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
  isFree: boolean;
}

/** What an attach has come to. */
export interface Attached {
  /** An answer was lost on the way, so OVH may yet attach it again. */
  unclear: boolean;
  /** Null: it was not seen attached yet. */
  attached: VolumeStatus | null;
}

/** A floating IP that is there already, and the instance that it was tied to. */
export interface Tie {
  id: string;
  ip: string;
  instanceId: string;
}

/** What must go. A thing that OVH shows is judged when it is seen, by its own name; nobody is told what to keep. */
export interface Reduction {
  place: Place;
  /** Goes although lists may still hide it. */
  known: Identifier[];
  /** What the baseline saw, by id: of an undo it stays, also where it carries the sign of the same fleet. */
  spared: string[];
  goes: Goes;
  /** Attachments of kept volumes to kept instances that were not there before. */
  detach: Attachment[];
  /** A floating IP that somebody lent, and that was tied to a kept instance. */
  untie?: Tie;
  /** When the last create ended of which nobody knows what it made; null where every create is known for certain. */
  unclearSince: ServerTime | null;
}

/**
 * What goes beside what is known. `own`: what carries the run's own sign; `named`: nothing else; `node`: what carries
 * the node's mark, as somebody asked who named the node.
 */
type Goes = { which: 'own' } | { which: 'named' } | ({ which: 'node' } & DestroyPolicy);

/** What of a node goes when somebody destroys it. */
export interface DestroyPolicy {
  /** `spec`: each volume's own `onDestroy`. */
  volumes: 'spec' | 'delete' | 'keep';
  /** No other instance, and nothing that is attached to another. */
  ifInstanceId?: string | undefined;
  /** Nothing but these ids. */
  only?: string[] | undefined;
  /** Nothing but what these runs have made, by their sign, and that no success of another run names. */
  madeBy?: string[] | undefined;
}

export interface Reduced {
  deleted: Identifier[];
  /** What was seen and stays, as the request says. */
  kept: Identifier[];
}

export interface Census {
  place: Place;
  /** What the baseline saw. */
  spared: Identifier[];
  /** What OVH answered to this run's own POSTs. */
  made: Identifier[];
  /** When the last create ended of which nobody knows what it made; null where every create is known for certain. */
  unclearSince: ServerTime | null;
  /** What the run has seen, to be told again as OVH shows it at the end. */
  seen: Standing;
  /** Where this run has asked for a floating IP to be made. */
  floatingIp?: FloatingIpAct;
}

/** A node with all that belongs to it; `boot`: what the instance boots from, null where that is no volume. */
export interface Standing {
  instance: InstanceStatus;
  boot: VolumeStatus | null;
  data: VolumeStatus[];
}

export interface Counted {
  /** More than was asked for, and proven to be this run's or a closed run's that left it over. */
  extra: Identifier[];
  standing: Standing;
}
