import { createHash } from 'node:crypto';

import { badRequest, notFound, refusal, serviceError } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { SshKeyRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';

export const sshKeyOperations = [
  inProject({
    method: 'GET',
    path: '/sshkey',
    iam: 'sshkey/get',
    query: { region: optional(string) },
    handle: ({ project, query: { region } }) =>
      [...project.sshKeys.values()].filter(({ regions }) => !region || regions.includes(region)),
  }),

  inProject({
    method: 'POST',
    path: '/sshkey',
    iam: 'sshkey/create',
    body: { name: string, publicKey: string, region: optional(string) },
    handle({ world, project, now, body: { name, publicKey, region } }) {
      if (name === '') throw badRequest('Invalid value(s) received: name');
      if (!/^(ssh|ecdsa|sk)-[\w@.-]+ [\w+/]+=*( .*)?$/.test(publicKey)) {
        throw badRequest('Invalid value(s) received: publicKey');
      }
      if (region && !project.hasRegion(region, now)) throw notFound('region', region);
      return sshKeyDetail(addSshKey(world, project, { name, publicKey, region }, now));
    },
  }),

  inProject({
    method: 'GET',
    path: '/sshkey/{keyId}',
    iam: 'sshkey/get',
    handle({ project, params: { keyId } }) {
      const key = project.sshKeys.get(keyId);
      if (!key) throw notFound('keyId', keyId);
      return sshKeyDetail(key);
    },
  }),

  inProject({
    method: 'DELETE',
    path: '/sshkey/{keyId}',
    iam: 'sshkey/delete',
    handle({ project, params: { keyId } }) {
      if (!project.sshKeys.delete(keyId)) throw notFound('keyId', keyId);
    },
  }),
];

/** Known before the key is there: made of its name. */
export const sshKeyId = (name: string) => Buffer.from(Buffer.from(name).toString('base64')).toString('hex');

/** Without a region the key is for all of them; the same name in another region adds the region. */
export function addSshKey(
  world: World,
  project: ProjectRecord,
  { name, publicKey, region }: { name: string; publicKey: string; region?: string | null | undefined },
  now: number,
): SshKeyRecord {
  const id = sshKeyId(name);
  const wanted = region ? [region] : project.regionsAt(now).map((each) => each.name);
  const known = project.sshKeys.get(id);
  if (known && wanted.some((each) => known.regions.includes(each))) {
    const { sshKeyAgain } = world.switches;
    if (sshKeyAgain !== 'ok') throw refusal(sshKeyAgain, `SSH key ${name} already exists`);
    return known;
  }
  const maxCount = Math.min(...wanted.map((each) => project.quotaIn(each).maxKeypairs));
  if (!known && project.sshKeys.size >= maxCount) {
    const message = `conflict: max quota of ${maxCount} reached for: keypair`;
    throw serviceError(409, 'Client::MaxQuotaReached::Keypair', message);
  }
  const key: SshKeyRecord = { id, name, publicKey, regions: [...(known?.regions ?? []), ...wanted] };
  project.sshKeys.set(id, key);
  return key;
}

/** The key as it is shown alone: with its fingerprint, the MD5 of the key's bytes. */
export function sshKeyDetail(key: SshKeyRecord) {
  const bytes = Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64');
  const fingerPrint = createHash('md5')
    .update(bytes)
    .digest('hex')
    .replace(/(..)(?=.)/g, '$1:');
  return { ...key, fingerPrint };
}
