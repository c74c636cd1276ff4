import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, listOrEmpty, nothing, orNull } from './schema.ts';

/** Which of OVH's two lists it stands in; the answer itself does not always say. */
export type NetworkVisibility = 'private' | 'public';

export const network = z.object({
  /** `pn-<number>_<vlan>` for a private one. */
  id: z.string(),
  name: z.string(),
  vlanId: orNull(z.number()),
  regions: z.array(
    z.object({
      region: z.string(),
      /** `ACTIVE`, `BUILDING`. */
      status: z.string(),
      /** What an instance's `networks[].networkId` wants; null while the network is built. */
      openstackId: orNull(z.string()),
    }),
  ),
});

export interface Network extends z.infer<typeof network> {
  visibility: NetworkVisibility;
}

export const subnet = z
  .object({
    id: z.string().min(1),
    cidr: z.string(),
    gatewayIp: orNull(z.string()),
    dhcpEnabled: z.boolean(),
    ipPools: listOrEmpty(z.object({ region: z.string(), start: z.string(), end: z.string() })),
  })
  .transform((rest) => ({ ...rest, regions: rest.ipPools.map(({ region }) => region) }));

export type Subnet = z.infer<typeof subnet>;

export interface PrivateNetworkRequest {
  name: string;
  /** Unique in the project; left out: OVH chooses. */
  vlanId?: number | undefined;
  /** Left out: all of the project's. */
  regions?: string[] | undefined;
}

export interface SubnetRequest {
  /** `10.1.0.0/24`. */
  network: string;
  /** First and last address that instances are given. */
  start: string;
  end: string;
  region: string;
  dhcp: boolean;
  noGateway: boolean;
}

/** `/network/private` and `/network/public`. A private network is usable in a region once it is `ACTIVE` there. */
export interface Networks {
  /** Private and public ones, two calls. */
  list(options?: CallOptions): Promise<Network[]>;
  /** A private one. */
  get(id: string, options?: CallOptions): Promise<Network>;
  create(request: PrivateNetworkRequest, options?: MutateOptions): Promise<Network>;
  rename(id: string, name: string, options?: MutateOptions): Promise<void>;
  /** Also in this region. */
  addRegion(id: string, region: string, options?: MutateOptions): Promise<Network>;
  delete(id: string, options?: MutateOptions): Promise<void>;
  subnets(id: string, options?: CallOptions): Promise<Subnet[]>;
  createSubnet(id: string, request: SubnetRequest, options?: MutateOptions): Promise<Subnet>;
  deleteSubnet(id: string, subnetId: string, options?: MutateOptions): Promise<void>;
}

export function networks(http: Http, root: string): Networks {
  const all = `${root}/network/private`;
  const at = (id: string) => all + path`/${id}`;
  const asPrivate = (found: z.infer<typeof network>): Network => ({ ...found, visibility: 'private' });
  const listOf = async (visibility: NetworkVisibility, options?: CallOptions): Promise<Network[]> => {
    const networks = await http.list(`${root}/network/${visibility}`, network, options);
    return networks.map((network) => ({ ...network, visibility }));
  };
  return {
    list: async (options) =>
      (await Promise.all([listOf('private', options), listOf('public', options)])).flat(),
    get: async (id, options) => asPrivate(await http.get(at(id), answering(network, { id }), options)),
    create: async (body, options) =>
      asPrivate(
        await http.mutate('POST', all, answering(network, { name: body.name }), { ...options, body }),
      ),
    rename: async (id, name, options) => http.mutate('PUT', at(id), nothing, { ...options, body: { name } }),
    addRegion: async (id, region, options) =>
      asPrivate(
        await http.mutate('POST', `${at(id)}/region`, answering(network, { id }), {
          ...options,
          body: { region },
        }),
      ),
    delete: async (id, options) => http.mutate('DELETE', at(id), nothing, options),
    subnets: async (id, options) => http.list(`${at(id)}/subnet`, subnet, options),
    createSubnet: async (id, body, options) =>
      http.mutate('POST', `${at(id)}/subnet`, subnet, { ...options, body }),
    deleteSubnet: async (id, subnetId, options) =>
      http.mutate('DELETE', at(id) + path`/subnet/${subnetId}`, nothing, options),
  };
}
