import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { operationIn, type Operation } from './operations.ts';
import { answering, listOrEmpty, nothing, orNull, textOrEmpty } from './schema.ts';

/** A public address of a region that comes in at a private one. It has neither name nor description. */
export const floatingIp = z
  .object({
    id: z.string().min(1),
    ip: z.string(),
    region: orNull(z.string()),
    /** OVH's word: `active` where it belongs to something, `down`, `error`. */
    status: z.string(),
    associatedEntity: orNull(z.object({ id: z.string(), ip: z.string(), type: z.string() })),
  })
  .transform(({ associatedEntity, ...rest }) => ({
    ...rest,
    /** What it belongs to: the id of a port, which is an interface of an instance, and the private address there. */
    port: associatedEntity,
  }));

export type FloatingIp = z.infer<typeof floatingIp>;

/** What lets private networks of a region out, and floating IPs in. */
export const gateway = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  region: z.string(),
  /** OVH's word: `active`, `building`, `down`, `error`. */
  status: z.string(),
  /** `networkId` as instances name it. */
  interfaces: listOrEmpty(
    z.object({ id: z.string(), ip: z.string(), networkId: z.string(), subnetId: z.string() }),
  ),
});

export type Gateway = z.infer<typeof gateway>;

/** `/region/{regionName}/floatingip`, and the calls of an instance that give it one. */
export interface FloatingIps {
  list(options?: CallOptions): Promise<FloatingIp[]>;
  get(id: string, options?: CallOptions): Promise<FloatingIp>;
  /** A new one for a private address, whose subnet has a gateway. It is billed until it is deleted, also without its instance. */
  create(instanceId: string, ip: string, options?: MutateOptions): Promise<Operation>;
  /** One that is there already, and belongs to nothing. */
  associate(id: string, instanceId: string, ip: string, options?: MutateOptions): Promise<Operation>;
  /** It stays, and belongs to nothing. */
  detach(id: string, options?: MutateOptions): Promise<void>;
  delete(id: string, options?: MutateOptions): Promise<void>;
}

export function floatingIps(http: Http, region: string, name: string): FloatingIps {
  const all = `${region}/floatingip`;
  const at = (id: string) => all + path`/${id}`;
  const ofInstance = (id: string) => region + path`/instance/${id}`;
  const order = operationIn(name);
  return {
    list: (options) => http.list(all, floatingIp, options, {}, name),
    get: async (id, options) => http.get(at(id), answering(floatingIp, { id }), options),
    create: async (instanceId, ip, options) =>
      http.mutate('POST', `${ofInstance(instanceId)}/floatingIp`, order, { ...options, body: { ip } }),
    associate: async (floatingIpId, instanceId, ip, options) =>
      http.mutate('POST', `${ofInstance(instanceId)}/associateFloatingIp`, order, {
        ...options,
        body: { floatingIpId, ip },
      }),
    detach: async (id, options) => http.mutate('POST', `${at(id)}/detach`, nothing, options),
    delete: async (id, options) => http.mutate('DELETE', at(id), nothing, options),
  };
}
