import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, nothing, textOrEmpty } from './schema.ts';
import { volume, type Volume } from './volumes.ts';

export const volumeBackup = z.object({
  id: z.string().min(1),
  name: textOrEmpty,
  region: z.string(),
  /** GiB. */
  size: z.number(),
  /** `creating`, `ok`, `restoring`, `deleting`, `error`. */
  status: z.string(),
  volumeId: z.string(),
  /** ISO 8601. */
  creationDate: z.string(),
});

export type VolumeBackup = z.infer<typeof volumeBackup>;

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
