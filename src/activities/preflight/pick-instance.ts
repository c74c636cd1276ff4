import type { CheckedSpec, InstanceWanted } from '../../contract/index.ts';
import { nearest } from '../../input/nearest.ts';
import type { ServedProject } from '../project.ts';

export async function pickSshKey(
  project: ServedProject,
  { sshKey, region }: CheckedSpec,
  problems: string[],
): Promise<InstanceWanted['sshKey']> {
  if (sshKey === null) return null;
  const keys = await project.catalogue.sshKeys(region);
  const key = keys.find(({ name }) => name === sshKey);
  if (key) return { id: key.id, name: key.name };
  problems.push(
    `SSH key "${sshKey}" is not in the project for ${region}; ${known(
      sshKey,
      keys.map(({ name }) => name),
    )}`,
  );
  return null;
}

export async function pickGroup(
  project: ServedProject,
  { group, region }: CheckedSpec,
  problems: string[],
): Promise<string | null> {
  if (group === null) return null;
  const groups = await project.ovh.instanceGroups.list(region);
  const named = groups.filter(({ id, name }) => id === group || name === group);
  if (named.length === 1) return named[0]?.id ?? null;
  problems.push(
    named.length > 1
      ? `${region} has ${named.length} instance groups called "${group}"; name one by its id: ${named.map(({ id }) => id).join(', ')}`
      : `instance group "${group}" is not in ${region}; ${known(
          group,
          groups.map(({ name }) => name),
        )}`,
  );
  return null;
}

function known(wanted: string, names: string[]): string {
  return names.length === 0 ? 'it has none' : `nearest: ${nearest(wanted, names).join(', ')}`;
}
