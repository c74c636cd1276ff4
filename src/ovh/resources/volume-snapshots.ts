import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, nothing, textOrEmpty } from './schema.ts';

export const volumeSnapshot = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  description: textOrEmpty,
  region: z.string(),
  /** GiB, of the volume that it was taken of. */
  size: z.number(),
  /** `creating`, `available`, `deleting`, `error`, … */
  status: z.string(),
  volumeId: z.string(),
  /** ISO 8601. */
  creationDate: z.string(),
});

export type VolumeSnapshot = z.infer<typeof volumeSnapshot>;

/** `/volume/snapshot`. They are taken by `volumes.snapshot`. */
export interface VolumeSnapshots {
  list(region?: string, options?: CallOptions): Promise<VolumeSnapshot[]>;
  get(id: string, options?: CallOptions): Promise<VolumeSnapshot>;
  delete(id: string, options?: MutateOptions): Promise<void>;
}

export function volumeSnapshots(http: Http, root: string): VolumeSnapshots {
  const at = (id: string) => root + path`/volume/snapshot/${id}`;
  return {
    list: (region, options) => http.list(`${root}/volume/snapshot`, volumeSnapshot, options, { region }),
    get: async (id, options) => http.get(at(id), answering(volumeSnapshot, { id }), options),
    delete: async (id, options) => http.mutate('DELETE', at(id), nothing, options),
  };
}
