import { z } from 'zod';
import type { CallOptions, MutateOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { type Instance, instance } from '../schemas/instance.ts';
import { nothing } from '../schemas/nothing.ts';

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
  monthlyBilling?: boolean | undefined;
  availabilityZone?: string | undefined;
}

export interface Instances {
  /** May still show what was deleted, and not yet what was just created. */
  list(region?: string, options?: CallOptions): Promise<Instance[]>;
  get(id: string, options?: CallOptions): Promise<Instance>;
  /** The answer has the id, mostly `BUILD` and no address. A second call makes a second, billed instance. */
  create(request: InstanceRequest, options?: MutateOptions): Promise<Instance>;
  /** Returns when OVH has taken the order; the instance is gone once `get` answers 404. */
  delete(id: string, options?: MutateOptions): Promise<void>;
}

export function instances(http: Http, root: string): Instances {
  return {
    list: (region, options) => http.get(`${root}/instance`, z.array(instance), options, { region }),
    get: async (id, options) => http.get(root + path`/instance/${id}`, instance, options),
    create: (body, options) =>
      http.mutate('POST', `${root}/instance`, instance, { ...options, body, priority: 'instance-create' }),
    delete: async (id, options) => http.mutate('DELETE', root + path`/instance/${id}`, nothing, options),
  };
}
