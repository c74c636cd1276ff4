import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { CallOptions, Http, MutateOptions } from '../http.ts';
import { path } from '../path.ts';
import { answering, nothing, orNull } from './schema.ts';

export const sshKey = z.object({
  id: z.string(),
  name: z.string(),
  publicKey: z.string(),
  /** Where instances can be created with it. */
  regions: z.array(z.string()),
  /** Null in lists. */
  fingerPrint: orNull(z.string()),
});

export type SshKey = z.infer<typeof sshKey>;

export interface SshKeyRequest {
  name: string;
  /** OpenSSH's format, `ssh-ed25519 AAAA… comment`. */
  publicKey: string;
  /** Left out: all regions. */
  region?: string | undefined;
}

/** `/sshkey`. A name is there once; its id is known beforehand: `sshKeyId`. */
export interface SshKeys {
  list(region?: string, options?: CallOptions): Promise<SshKey[]>;
  get(id: string, options?: CallOptions): Promise<SshKey>;
  create(request: SshKeyRequest, options?: MutateOptions): Promise<SshKey>;
  /** From a file such as `~/.ssh/id_ed25519.pub`, for all regions. */
  importFile(name: string, file: string, options?: MutateOptions): Promise<SshKey>;
  delete(id: string, options?: MutateOptions): Promise<void>;
}

export function sshKeys(http: Http, root: string): SshKeys {
  return {
    list: (region, options) => http.list(`${root}/sshkey`, sshKey, options, { region }),
    get: async (id, options) => http.get(root + path`/sshkey/${id}`, answering(sshKey, { id }), options),
    create: (body, options) =>
      http.mutate('POST', `${root}/sshkey`, answering(sshKey, { name: body.name }), { ...options, body }),
    importFile: async (name, file, options) => {
      const body = { name, publicKey: (await readFile(file, 'utf8')).trim() };
      return http.mutate('POST', `${root}/sshkey`, answering(sshKey, { name }), { ...options, body });
    },
    delete: async (id, options) => http.mutate('DELETE', root + path`/sshkey/${id}`, nothing, options),
  };
}

/** OVH derives a key's id from its name, hex(base64(name)): it is known before the key exists. */
export function sshKeyId(name: string): string {
  return Buffer.from(Buffer.from(name).toString('base64')).toString('hex');
}
