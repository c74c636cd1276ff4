import type { CallOptions, MutateOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { nothing } from '../schemas/nothing.ts';
import { type VolumeSnapshot, volumeSnapshot } from '../schemas/volume-snapshot.ts';

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
