import { imagesById, type Image } from '../catalogue/images.ts';
import { activatedRegions, regions, type Region } from '../catalogue/regions.ts';
import { stableId } from '../catalogue/stable-id.ts';
import { Ledger } from './ledger.ts';
import { Timeline } from './timeline.ts';
import { defaultQuota, type QuotaLimits } from './quota.ts';
import type {
  FloatingIpRecord,
  GatewayRecord,
  Gone,
  ImageSnapshotRecord,
  InstanceGroupRecord,
  InstanceRecord,
  NetworkRecord,
  OperationRecord,
  SshKeyRecord,
  VolumeBackupRecord,
  VolumeRecord,
  VolumeSnapshotRecord,
  WorkflowBackupRecord,
} from './records.ts';

/** An OVH project and everything in it. */
export class ProjectRecord {
  /** 32 hexadecimal digits; `serviceName` in every path. */
  readonly id: string;
  /** Who owns it: only the owner's credentials see it. */
  readonly account: string;
  description: string;
  readonly createdAt: number;
  readonly instances = new Map<string, InstanceRecord>();
  readonly volumes = new Map<string, VolumeRecord>();
  readonly sshKeys = new Map<string, SshKeyRecord>();
  readonly volumeSnapshots = new Map<string, VolumeSnapshotRecord>();
  readonly volumeBackups = new Map<string, VolumeBackupRecord>();
  /** What OVH publishes, by id. Its own map: somebody may have it published anew for one project alone. */
  readonly images = new Map<string, Image>(imagesById);
  readonly imageSnapshots = new Map<string, ImageSnapshotRecord>();
  readonly groups = new Map<string, InstanceGroupRecord>();
  readonly operations = new Map<string, OperationRecord>();
  readonly networks: NetworkRecord[];
  readonly gateways: Map<string, GatewayRecord>;
  readonly floatingIps = new Map<string, FloatingIpRecord>();
  readonly workflowBackups = new Map<string, WorkflowBackupRecord>();
  /** Name → since when the project may use it, epoch milliseconds. */
  readonly regions = new Map(activatedRegions.map(({ name }) => [name, -Infinity]));
  readonly quota: Map<string, QuotaLimits>;
  /** Region → what is used there. */
  readonly usage: Map<string, Ledger>;
  /** Records in its lists that are nobody's and that no contract allows: `list` is what follows the project in the path. */
  readonly oddRecords: { list: string; record: unknown }[] = [];
  readonly goneInstances: Gone[] = [];
  readonly goneVolumes: Gone[] = [];

  constructor(id: string, { account, description, createdAt, quota }: ProjectFields) {
    this.id = id;
    this.account = account;
    this.description = description;
    this.createdAt = createdAt;
    const network = privateNetwork(id);
    this.networks = [network];
    this.gateways = new Map(firstGateways(network).map((gateway) => [gateway.id, gateway]));
    this.quota = new Map(regions.map(({ name }) => [name, { ...defaultQuota, ...quota }]));
    this.usage = new Map(regions.map(({ name }) => [name, new Ledger()]));
  }

  hasRegion(name: string, now: number): boolean {
    return (this.regions.get(name) ?? Infinity) <= now;
  }

  regionsAt(now: number): Region[] {
    return regions.filter(({ name }) => this.hasRegion(name, now));
  }

  quotaIn(region: string): QuotaLimits {
    return known(this.quota, region);
  }

  usageIn(region: string): Ledger {
    return known(this.usage, region);
  }

  /** Puts away what is gone for longer than lists can show, so that long runs stay fast. */
  sweep(now: number, listLagMs: number): void {
    for (const [things, gone] of [
      [this.instances, this.goneInstances],
      [this.volumes, this.goneVolumes],
    ] as const) {
      for (const thing of things.values()) {
        const { states } = thing;
        if (states.final !== undefined || states.settledAt > now - listLagMs) continue;
        things.delete(thing.id);
        gone.push(goneThing(thing, this.id));
      }
    }
  }
}

interface ProjectFields {
  account: string;
  description: string;
  createdAt: number;
  quota: Partial<QuotaLimits>;
}

export function goneThing({ id, name, states }: InstanceRecord | VolumeRecord, projectId: string): Gone {
  return { id, name, projectId, deletedAt: new Date(states.settledAt).toISOString() };
}

/** Every project begins with one private network, `private`, and a subnet of it in each region. */
function privateNetwork(projectId: string): NetworkRecord {
  return {
    id: `pn-${1_000_000 + (Number.parseInt(projectId.slice(0, 6), 16) % 1_000_000)}_42`,
    name: 'private',
    vlanId: 42,
    regions: new Map(
      activatedRegions.map(({ name }) => [
        name,
        { openstackId: stableId('network', projectId, name), activeAt: -Infinity },
      ]),
    ),
    subnets: activatedRegions.map(({ name }) => ({
      id: stableId('subnet', projectId, name),
      name: '10.42.0.0/16',
      region: name,
      cidr: '10.42.0.0/16',
      gatewayIp: '10.42.0.1',
      pools: [{ start: '10.42.0.2', end: '10.42.255.254' }],
      dhcp: true,
      dnsNameServers: ['213.186.33.99'],
      hostRoutes: [],
    })),
  };
}

/** Where the network of a new project has a gateway, so that floating IPs are possible: not everywhere, as at OVH. */
const withGateway = ['GRA11', 'EU-WEST-PAR'];

function firstGateways({ id: networkId, subnets, regions: places }: NetworkRecord): GatewayRecord[] {
  return subnets
    .filter(({ region }) => withGateway.includes(region))
    .map(({ id: subnetId, region, gatewayIp }, index) => ({
      id: stableId('gateway', networkId, region),
      name: 'private',
      model: 's',
      region,
      externalIp: `198.18.0.${2 + index}`,
      interfaces: [
        {
          id: stableId('gateway-interface', networkId, region),
          ip: gatewayIp ?? '',
          networkId: places.get(region)?.openstackId ?? '',
          subnetId,
        },
      ],
      states: new Timeline<'building' | 'active'>().set(-Infinity, 'active'),
    }));
}

function known<Value>(map: Map<string, Value>, region: string): Value {
  const value = map.get(region);
  if (!value) throw new Error(`no region ${region}`);
  return value;
}
