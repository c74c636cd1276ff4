import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, listOrEmpty, nothing, orNull, textOrEmpty } from './schema.ts';
import { volumeSnapshot, type VolumeSnapshot } from './volume-snapshots.ts';

export const volume = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  description: textOrEmpty,
  region: z.string(),
  /** GiB. */
  size: z.number(),
  type: z.string(),
  /** OVH's word: `creating`, `available`, `attaching`, `in-use`, `error` and many more, new ones at any time. */
  status: z.string(),
  /** Ids of instances; several only for multi-attach types. */
  attachedTo: listOrEmpty(z.string()),
  bootable: z.boolean(),
  /** ISO 8601. */
  creationDate: z.string(),
  planCode: orNull(z.string()),
  availabilityZone: orNull(z.string()),
});

export type Volume = z.infer<typeof volume>;

/** In OVH's spelling. */
export interface VolumeRequest {
  name: string;
  region: string;
  /** GiB, at least 10. */
  size: number;
  /** `classic`, `high-speed`, `high-speed-gen2`, …; which ones there are depends on the region. */
  type: string;
  description?: string | undefined;
  /** Makes it bootable. */
  imageId?: string | undefined;
  snapshotId?: string | undefined;
}

export interface VolumeUpdate {
  name?: string | undefined;
  description?: string | undefined;
}

/** `/volume`. All but `update` answer before the work is done: `creating`, `attaching`, `detaching`, `deleting` go on behind. */
export interface Volumes {
  list(region?: string, options?: CallOptions): Promise<Volume[]>;
  get(id: string, options?: CallOptions): Promise<Volume>;
  /** A second call makes a second, billed volume. */
  create(request: VolumeRequest, options?: MutateOptions): Promise<Volume>;
  update(id: string, update: VolumeUpdate, options?: MutateOptions): Promise<Volume>;
  /** Refused while it is attached; gone once `get` answers 404. */
  delete(id: string, options?: MutateOptions): Promise<void>;
  attach(id: string, instanceId: string, options?: MutateOptions): Promise<Volume>;
  detach(id: string, instanceId: string, options?: MutateOptions): Promise<Volume>;
  /** `sizeGiB` is the new size, larger than the old one. */
  upsize(id: string, sizeGiB: number, options?: MutateOptions): Promise<Volume>;
  /** Also of a volume that is in use. A second call takes a second snapshot. */
  snapshot(
    id: string,
    request?: { name?: string; description?: string },
    options?: MutateOptions,
  ): Promise<VolumeSnapshot>;
}

export function volumes(http: Http, root: string): Volumes {
  const at = (id: string) => root + path`/volume/${id}`;
  return {
    list: (region, options) => http.list(`${root}/volume`, volume, options, { region }),
    get: async (id, options) => http.get(at(id), answering(volume, { id }), options),
    create: (body, options) =>
      http.mutate('POST', `${root}/volume`, answering(volume, { name: body.name, region: body.region }), {
        ...options,
        body,
      }),
    update: async (id, body, options) =>
      http.mutate('PUT', at(id), answering(volume, { id }), { ...options, body }),
    delete: async (id, options) => http.mutate('DELETE', at(id), nothing, options),
    attach: async (id, instanceId, options) =>
      http.mutate('POST', `${at(id)}/attach`, answering(volume, { id }), {
        ...options,
        body: { instanceId },
      }),
    detach: async (id, instanceId, options) =>
      http.mutate('POST', `${at(id)}/detach`, answering(volume, { id }), {
        ...options,
        body: { instanceId },
      }),
    upsize: async (id, size, options) =>
      http.mutate('POST', `${at(id)}/upsize`, answering(volume, { id }), { ...options, body: { size } }),
    snapshot: async (id, body = {}, options) =>
      http.mutate(
        'POST',
        `${at(id)}/snapshot`,
        answering(volumeSnapshot, { volumeId: id, name: body.name }),
        { ...options, body },
      ),
  };
}
