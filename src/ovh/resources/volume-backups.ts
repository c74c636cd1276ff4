import type { CallOptions, MutateOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { nothing } from '../schemas/nothing.ts';
import { type Volume, volume } from '../schemas/volume.ts';
import { type VolumeBackup, volumeBackup } from '../schemas/volume-backup.ts';

/** `/region/{regionName}/volumeBackup`: copies of volumes in object storage; one takes up to half an hour. */
export interface VolumeBackups {
  list(options?: CallOptions): Promise<VolumeBackup[]>;
  get(id: string, options?: CallOptions): Promise<VolumeBackup>;
  create(request: { volumeId: string; name: string }, options?: MutateOptions): Promise<VolumeBackup>;
  /** Puts the data back into the volume. */
  restore(id: string, volumeId: string, options?: MutateOptions): Promise<VolumeBackup>;
  /** A second call makes a second, billed volume. */
  createVolume(id: string, name: string, options?: MutateOptions): Promise<Volume>;
  delete(id: string, options?: MutateOptions): Promise<void>;
}

export function volumeBackups(http: Http, region: string): VolumeBackups {
  const all = `${region}/volumeBackup`;
  const at = (id: string) => all + path`/${id}`;
  return {
    list: (options) => http.list(all, volumeBackup, options),
    get: async (id, options) => http.get(at(id), answering(volumeBackup, { id }), options),
    create: (body, options) =>
      http.mutate('POST', all, answering(volumeBackup, { volumeId: body.volumeId, name: body.name }), {
        ...options,
        body,
      }),
    restore: async (id, volumeId, options) =>
      http.mutate('POST', `${at(id)}/restore`, answering(volumeBackup, { id }), {
        ...options,
        body: { volumeId },
      }),
    createVolume: async (id, name, options) =>
      http.mutate('POST', `${at(id)}/volume`, answering(volume, { name }), { ...options, body: { name } }),
    delete: async (id, options) => http.mutate('DELETE', at(id), nothing, options),
  };
}
