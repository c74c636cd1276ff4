import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, listOrEmpty, nothing, orNull } from './schema.ts';

const ipAddress = z.object({
  ip: z.string(),
  version: z.number(),
  /** `public` or `private`. */
  type: z.string(),
  /** May be empty. */
  networkId: z.string(),
  gatewayIp: orNull(z.string()),
});

const image = z.object({ id: z.string(), name: z.string(), user: z.string().nullish() });

/**
 * OVH describes the same instance in two forms: lists name flavor, image and key by id, creation and detail embed
 * them, and a detail seen in 2025 has no ids at all. Both become this one.
 */
export const instance = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    region: z.string(),
    /** OVH's word: `BUILD`, `ACTIVE`, `ERROR`, `SHUTOFF` and many more, new ones at any time. */
    status: z.string(),
    /** ISO 8601. */
    created: z.string(),
    flavorId: z.string().nullish(),
    flavor: z.object({ id: z.string(), name: z.string() }).nullish(),
    imageId: z.string().nullish(),
    image: image.nullish(),
    sshKeyId: z.string().nullish(),
    sshKey: z.object({ id: z.string() }).nullish(),
    /** Empty while it is built. */
    ipAddresses: listOrEmpty(ipAddress),
    planCode: orNull(z.string()),
    /** Null: by the hour. `status`: `activationPending`, `ok`. */
    monthlyBilling: orNull(z.object({ since: z.string(), status: z.string() })),
    availabilityZone: orNull(z.string()),
  })
  .transform(({ flavorId, flavor, imageId, image, sshKeyId, sshKey, ...rest }) => ({
    ...rest,
    flavorId: flavorId ?? flavor?.id ?? null,
    flavorName: flavor?.name ?? null,
    /** Null in details once OVH has withdrawn the image. */
    imageId: imageId ?? image?.id ?? null,
    imageName: image?.name ?? null,
    /** Whom the image lets in by SSH, `debian`. */
    imageUser: image?.user ?? null,
    sshKeyId: sshKeyId ?? sshKey?.id ?? null,
  }));

export type Instance = z.infer<typeof instance>;

/** A network interface of an instance. */
const networkInterface = z.object({
  id: z.string().min(1),
  networkId: z.string(),
  macAddress: z.string(),
  /** `ACTIVE`, `DOWN`, … */
  state: z.string(),
  /** `public` or `private`. */
  type: z.string(),
  fixedIps: listOrEmpty(z.object({ ip: z.string(), subnetId: z.string() })),
});

export type NetworkInterface = z.infer<typeof networkInterface>;

/** In OVH's spelling. Exactly one of `imageId` and `volumeId`. */
export interface InstanceRequest {
  /** OVH takes the host name from it, and does not mind duplicates. */
  name: string;
  flavorId: string;
  region: string;
  imageId?: string | undefined;
  /** Boots from this volume. */
  volumeId?: string | undefined;
  sshKeyId?: string | undefined;
  /** cloud-init, plain text. */
  userData?: string | undefined;
  /** OpenStack ids of the region. Left out: the public network. */
  networks?: { networkId: string; ip?: string | undefined }[] | undefined;
  groupId?: string | undefined;
  /** There is no way back to hourly. */
  monthlyBilling?: boolean | undefined;
  availabilityZone?: string | undefined;
  /** Snapshots by schedule; `rotation`: how many are kept. */
  autobackup?: { cron: string; rotation: number } | undefined;
}

/** The same for `number` instances, which OVH calls `<name>-1`, `<name>-2`, …; addresses cannot be chosen. */
export interface BulkRequest extends Omit<InstanceRequest, 'networks'> {
  number: number;
  networks?: { networkId: string }[] | undefined;
}

/** `/instance`. What changes an instance answers before the work is done: `get` says how far it is. */
export interface Instances {
  /** May still show what was deleted, and not yet what was just created. */
  list(region?: string, options?: CallOptions): Promise<Instance[]>;
  get(id: string, options?: CallOptions): Promise<Instance>;
  /** The answer has the id, mostly `BUILD` and no address. A second call makes a second, billed instance. */
  create(request: InstanceRequest, options?: MutateOptions): Promise<Instance>;
  createMany(request: BulkRequest, options?: MutateOptions): Promise<Instance[]>;
  /** Returns when OVH has taken the order; the instance is gone once `get` answers 404. Its volumes stay. */
  delete(id: string, options?: MutateOptions): Promise<void>;
  rename(id: string, name: string, options?: MutateOptions): Promise<void>;
  /** `SHUTOFF` → `ACTIVE`. */
  start(id: string, options?: MutateOptions): Promise<void>;
  /** `ACTIVE` → `SHUTOFF`; it is billed all the same. */
  stop(id: string, options?: MutateOptions): Promise<void>;
  /** `soft` asks the guest, `hard` pulls the plug. */
  reboot(id: string, type: 'soft' | 'hard', options?: MutateOptions): Promise<void>;
  /** Frees the host, keeps disk and addresses: → `SHELVED_OFFLOADED`, of which only storage is billed. */
  shelve(id: string, options?: MutateOptions): Promise<void>;
  unshelve(id: string, options?: MutateOptions): Promise<void>;
  /** `SUSPENDED` or `PAUSED` → `ACTIVE`. */
  resume(id: string, options?: MutateOptions): Promise<void>;
  /** Another flavor of the region: `RESIZE` → `VERIFY_RESIZE` → `ACTIVE`. */
  resize(id: string, flavorId: string, options?: MutateOptions): Promise<Instance>;
  /** A fresh disk from an image; id and addresses stay: `REBUILD` → `ACTIVE`. */
  reinstall(id: string, imageId: string, options?: MutateOptions): Promise<Instance>;
  /** Boots a rescue system (`RESCUE`); null where OVH does not tell its password. */
  enterRescue(id: string, options?: MutateOptions & { imageId?: string }): Promise<string | null>;
  leaveRescue(id: string, options?: MutateOptions): Promise<void>;
  /** Takes an image; `imageSnapshots` has it under the id that is returned. */
  snapshot(id: string, name: string, options?: MutateOptions): Promise<string>;
  /** A console in the browser, for a short time. */
  vnc(id: string, options?: MutateOptions): Promise<{ type: string; url: string }>;
  /** There is no way back to hourly. */
  activateMonthlyBilling(id: string, options?: MutateOptions): Promise<Instance>;
  interfaces(id: string, options?: CallOptions): Promise<NetworkInterface[]>;
  addInterface(
    id: string,
    request: { networkId: string; ip?: string },
    options?: MutateOptions,
  ): Promise<NetworkInterface>;
  removeInterface(id: string, interfaceId: string, options?: MutateOptions): Promise<void>;
}

const rescue = z.object({ adminPassword: orNull(z.string()) });

/** OVH puts a number behind the name that was asked for. */
function many({ name, region }: BulkRequest) {
  const hasName = (each: Instance) => each.name.startsWith(name.trim());
  return z.array(answering(instance, { region })).refine((made) => made.every(hasName), {
    message: 'it answered with another name than was asked for',
  });
}

export function instances(http: Http, root: string): Instances {
  const all = `${root}/instance`;
  const at = (id: string) => all + path`/${id}`;
  const act = async (id: string, name: string, body: object | undefined, options?: MutateOptions) =>
    http.mutate('POST', `${at(id)}/${name}`, nothing, { ...options, ...(body && { body }) });
  const turn = async (id: string, name: string, body: object | undefined, options?: MutateOptions) =>
    http.mutate('POST', `${at(id)}/${name}`, answering(instance, { id }), {
      ...options,
      ...(body && { body }),
    });
  return {
    list: (region, options) => http.list(all, instance, options, { region }),
    get: async (id, options) => http.get(at(id), answering(instance, { id }), options),
    create: (body, options) =>
      http.mutate('POST', all, answering(instance, { name: body.name, region: body.region }), {
        ...options,
        body,
      }),
    createMany: (body, options) => http.mutate('POST', `${all}/bulk`, many(body), { ...options, body }),
    delete: async (id, options) => http.mutate('DELETE', at(id), nothing, options),
    rename: async (id, instanceName, options) =>
      http.mutate('PUT', at(id), nothing, { ...options, body: { instanceName } }),
    start: (id, options) => act(id, 'start', undefined, options),
    stop: (id, options) => act(id, 'stop', undefined, options),
    reboot: (id, type, options) => act(id, 'reboot', { type }, options),
    shelve: (id, options) => act(id, 'shelve', undefined, options),
    unshelve: (id, options) => act(id, 'unshelve', undefined, options),
    resume: (id, options) => act(id, 'resume', undefined, options),
    resize: (id, flavorId, options) => turn(id, 'resize', { flavorId }, options),
    reinstall: (id, imageId, options) => turn(id, 'reinstall', { imageId }, options),
    enterRescue: async (id, { imageId, ...options } = {}) => {
      const body = { rescue: true, ...(imageId !== undefined && { imageId }) };
      const answer = await http.mutate('POST', `${at(id)}/rescueMode`, rescue, { ...options, body });
      return answer.adminPassword;
    },
    leaveRescue: (id, options) => act(id, 'rescueMode', { rescue: false }, options),
    snapshot: async (id, snapshotName, options) => {
      const taken = z.object({ snapshotId: z.string() });
      const body = { snapshotName };
      return (await http.mutate('POST', `${at(id)}/snapshot`, taken, { ...options, body })).snapshotId;
    },
    vnc: async (id, options) =>
      http.mutate('POST', `${at(id)}/vnc`, z.object({ type: z.string(), url: z.string() }), options),
    activateMonthlyBilling: (id, options) => turn(id, 'activeMonthlyBilling', undefined, options),
    interfaces: async (id, options) => http.list(`${at(id)}/interface`, networkInterface, options),
    addInterface: async (id, body, options) =>
      http.mutate('POST', `${at(id)}/interface`, networkInterface, { ...options, body }),
    removeInterface: async (id, interfaceId, options) =>
      http.mutate('DELETE', at(id) + path`/interface/${interfaceId}`, nothing, options),
  };
}
