import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, listOrEmpty, nothing } from './schema.ts';

const instanceGroup = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    region: z.string(),
    /** `affinity` or `anti-affinity`. */
    type: z.string(),
    instance_ids: listOrEmpty(z.string()),
  })
  .transform(({ instance_ids, ...rest }) => ({ ...rest, instanceIds: instance_ids }));

export type InstanceGroup = z.infer<typeof instanceGroup>;

export interface InstanceGroupRequest {
  name: string;
  region: string;
  type: 'affinity' | 'anti-affinity';
}

/** `/instance/group`: which instances share a host, or must not. */
export interface InstanceGroups {
  list(region?: string, options?: CallOptions): Promise<InstanceGroup[]>;
  get(id: string, options?: CallOptions): Promise<InstanceGroup>;
  create(request: InstanceGroupRequest, options?: MutateOptions): Promise<InstanceGroup>;
  delete(id: string, options?: MutateOptions): Promise<void>;
}

export function instanceGroups(http: Http, root: string): InstanceGroups {
  const all = `${root}/instance/group`;
  return {
    list: (region, options) => http.list(all, instanceGroup, options, { region }),
    get: async (id, options) => http.get(all + path`/${id}`, answering(instanceGroup, { id }), options),
    create: (body, options) =>
      http.mutate('POST', all, answering(instanceGroup, { name: body.name, region: body.region }), {
        ...options,
        body,
      }),
    delete: async (id, options) => http.mutate('DELETE', all + path`/${id}`, nothing, options),
  };
}
