import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { floatingIps, gateway, type FloatingIps, type Gateway } from './floating-ips.ts';
import { operationIn, type Operation } from './operations.ts';
import { quota, type Quota } from './quotas.ts';
import { answering, listOrEmpty, orNull, textOrEmpty } from './schema.ts';
import { volumeBackups, type VolumeBackups } from './volume-backups.ts';

/** A volume as the regional calls show it: without description, and with its zone. */
const regionalVolume = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  /** GiB. */
  size: z.number(),
  type: z.string(),
  /** As `Volume.status`. */
  status: z.string(),
  availabilityZone: orNull(z.string()),
  attachedTo: listOrEmpty(z.object({ id: z.string() })).transform((held) => held.map(({ id }) => id)),
});

export type RegionalVolume = z.infer<typeof regionalVolume>;

/** An instance as the regional calls show it. */
const regionalInstance = z.object({
  id: z.string().min(1),
  name: z.string(),
  region: z.string(),
  /** As `Instance.status`. */
  status: z.string(),
  /** What OpenStack does with it right now; empty when nothing. */
  taskState: textOrEmpty,
  flavorId: z.string(),
  flavorName: textOrEmpty,
  imageId: orNull(z.string()),
  availabilityZone: orNull(z.string()),
  addresses: listOrEmpty(
    z.object({
      ip: z.string(),
      version: z.number(),
      /** `public`, `private`, … */
      type: orNull(z.string()),
    }),
  ),
  attachedVolumes: listOrEmpty(z.object({ id: z.string() })).transform((held) => held.map(({ id }) => id)),
});

export type RegionalInstance = z.infer<typeof regionalInstance>;

/** In OVH's spelling; the body changed under its users before (`cloud.instance.CreateInput`). */
export interface RegionalInstanceRequest {
  name: string;
  billingPeriod: 'hourly' | 'monthly';
  /** Exactly one of `imageId` and `volumeId`. */
  bootFrom: { imageId?: string; imageRegionName?: string; volumeId?: string };
  flavor: { id: string };
  /** `private.network`: OpenStack ids of the region. */
  network: { public: boolean; private?: { network: { id: string; subnetId: string }; ip?: string } };
  sshKey?: { name: string };
  userData?: string;
  group?: { id: string };
  availabilityZone?: string;
  /** How many. */
  bulk?: number;
}

export interface RegionalVolumeRequest {
  name: string;
  description?: string;
  /** GiB. */
  size: number;
  type: string;
  /** Needed in a `region-3-az`. */
  availabilityZone?: string;
  imageId?: string;
  snapshotId?: string;
  backupId?: string;
}

export interface RegionalVolumeUpdate {
  name?: string;
  description?: string;
  /** GiB, larger than before. */
  size?: number;
  /** Moves the data to another kind of storage. */
  type?: string;
}

/** What of an instance is told beside the rest, and whether one that is deleted is shown. */
export interface RegionalInstanceQuery {
  deleted?: boolean;
  withVolumes?: boolean;
  withImage?: boolean;
  withNetworks?: boolean;
  withBackups?: boolean;
}

/** `/region/{regionName}`: the calls that answer with an operation, and that regions of several zones need. */
export interface Regional {
  instances: {
    list(options?: CallOptions): Promise<RegionalInstance[]>;
    get(id: string, options?: CallOptions & RegionalInstanceQuery): Promise<RegionalInstance>;
    /** A second call makes a second, billed instance. */
    create(request: RegionalInstanceRequest, options?: MutateOptions): Promise<Operation>;
    reinstall(id: string, imageId: string, options?: MutateOptions): Promise<Operation>;
  };
  volumes: {
    list(options?: CallOptions): Promise<RegionalVolume[]>;
    get(id: string, options?: CallOptions): Promise<RegionalVolume>;
    /** A second call makes a second, billed volume. */
    create(request: RegionalVolumeRequest, options?: MutateOptions): Promise<Operation>;
    update(id: string, update: RegionalVolumeUpdate, options?: MutateOptions): Promise<Operation>;
  };
  volumeBackups: VolumeBackups;
  floatingIps: FloatingIps;
  gateways(options?: CallOptions): Promise<Gateway[]>;
  volumeTypes(options?: CallOptions): Promise<string[]>;
  quota(options?: CallOptions): Promise<Quota>;
}

export function regional(http: Http, root: string, name: string): Regional {
  const region = root + path`/region/${name}`;
  const instanceAt = (id: string) => region + path`/instance/${id}`;
  const volumeAt = (id: string) => region + path`/volume/${id}`;
  const order = operationIn(name);
  return {
    instances: {
      list: (options) => http.list(`${region}/instance`, regionalInstance, options, {}, name),
      get: async (id, { signal, ...query } = {}) =>
        http.get(instanceAt(id), answering(regionalInstance, { id, region: name }), { signal }, flags(query)),
      create: (body, options) => http.mutate('POST', `${region}/instance`, order, { ...options, body }),
      reinstall: async (id, imageId, options) =>
        http.mutate('POST', `${instanceAt(id)}/reinstall`, order, {
          ...options,
          body: { imageId, imageRegionName: name },
        }),
    },
    volumes: {
      list: (options) => http.list(`${region}/volume`, regionalVolume, options, {}, name),
      get: async (id, options) => http.get(volumeAt(id), answering(regionalVolume, { id }), options),
      create: (body, options) => http.mutate('POST', `${region}/volume`, order, { ...options, body }),
      update: async (id, body, options) => http.mutate('PUT', volumeAt(id), order, { ...options, body }),
    },
    volumeBackups: volumeBackups(http, region),
    floatingIps: floatingIps(http, region, name),
    gateways: (options) => http.list(`${region}/gateway`, gateway, options),
    volumeTypes: async (options) =>
      (await http.get(`${region}/volumeType`, z.array(z.object({ name: z.string() })), options)).map(
        ({ name }) => name,
      ),
    quota: (options) => http.get(`${region}/quota`, answering(quota, { region: name }), options),
  };
}

function flags(query: RegionalInstanceQuery): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
}
