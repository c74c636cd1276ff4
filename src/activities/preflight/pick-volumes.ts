import type { Baseline, CheckedSpec, OwnVolumeSpec, VolumeStatus } from '../../contract/index.ts';
import { nearest } from '../../input/nearest.ts';
import type { ServedProject } from '../project.ts';
import { foreignVolumeStatus, volumeStatus } from '../inventory/status.ts';

/** By the volume's name in the spec, the snapshot that it is to be made from: the newest of that name. */
export async function pickSnapshots(
  project: ServedProject,
  region: string,
  missing: OwnVolumeSpec[],
  problems: string[],
): Promise<Map<string, string>> {
  const picked = new Map<string, string>();
  const wanted = missing.flatMap(({ fromSnapshot, ...volume }) =>
    fromSnapshot === null ? [] : [{ ...volume, fromSnapshot }],
  );
  if (wanted.length === 0) return picked;
  const snapshots = await project.ovh.volumeSnapshots.list(region);
  for (const { name: volume, size, fromSnapshot: nameOrId } of wanted) {
    const [snapshot] = snapshots
      .filter(({ id, name, status }) => status === 'available' && (id === nameOrId || name === nameOrId))
      .sort((a, b) => b.creationDate.localeCompare(a.creationDate));
    if (!snapshot)
      problems.push(
        `volume snapshot "${nameOrId}" is not in ${region}; nearest: ${
          nearest(
            nameOrId,
            snapshots.map(({ name }) => name),
          ).join(', ') || 'it has none'
        }`,
      );
    else if (snapshot.size > size)
      problems.push(
        `volumes.${volume}.size must be at least ${snapshot.size} GiB, the size of snapshot "${nameOrId}"`,
      );
    else picked.set(volume, snapshot.id);
  }
  return picked;
}

/** The volumes that the spec names by id, by their names in the spec: there, free or with the node, and nobody's. */
export async function pickForeign(
  project: ServedProject,
  spec: CheckedSpec,
  { instances }: Baseline,
  problems: string[],
): Promise<Map<string, VolumeStatus>> {
  const picked = new Map<string, VolumeStatus>();
  for (const { name, id } of spec.volumes) {
    if (id === null) continue;
    const volume = await project.volumes(spec.region).find(id);
    if (volume?.region !== spec.region) {
      problems.push(`volume ${id} (volumes.${name}) is not in ${spec.region}`);
      continue;
    }
    const marked = volumeStatus(project, volume);
    const taken = volume.attachedTo.find((instanceId) => instanceId !== instances[0]?.id);
    if (marked)
      problems.push(
        `volume ${id} (volumes.${name}) belongs to node ${marked.node}; name one that no node owns`,
      );
    else if (taken !== undefined && volume.type !== 'classic-multiattach')
      problems.push(`volume ${id} (volumes.${name}) is attached to instance ${taken}; detach it there first`);
    else if (volume.status.startsWith('error'))
      problems.push(`volume ${id} (volumes.${name}) is ${volume.status}`);
    else picked.set(name, foreignVolumeStatus(volume, name));
  }
  return picked;
}
