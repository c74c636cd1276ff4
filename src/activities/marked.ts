import type { Place, VolumeStatus } from '../contract/index.ts';
import type { Instance } from '../ovh/index.ts';
import { instanceWireName } from './mark.ts';
import type { Project } from './project.ts';
import { instanceIsAlive, volumeIsAlive, volumeStatus } from './status.ts';

/** What lists show under a node's mark. They lag: what matters is confirmed by id. */
export async function listMarked(
  project: Project,
  place: Place,
): Promise<{ instances: Instance[]; volumes: VolumeStatus[] }> {
  const [instances, volumes] = await Promise.all([
    project.instances(place.region).list(),
    project.volumes(place.region).list(),
  ]);
  return {
    instances: instances.filter(({ name }) => name === instanceWireName(place)),
    volumes: volumes.flatMap((volume) => {
      const status = volumeStatus(project, volume);
      return status?.node === place.node && volume.name.endsWith(`-${place.mark}`) ? [status] : [];
    }),
  };
}

/**
 * What is alive under a node's mark: lists still show what was deleted, so each is confirmed by id, but for what the run
 * knows to be its own and the list calls alive.
 */
export async function aliveMarked(
  project: Project,
  place: Place,
  known: ReadonlySet<string> = new Set(),
): Promise<{ instances: Instance[]; volumes: VolumeStatus[] }> {
  const listed = await listMarked(project, place);
  const instances = await Promise.all(
    listed.instances.map(async (instance) =>
      known.has(instance.id) ? instance : project.instances(place.region).get(instance.id),
    ),
  );
  const volumes = await Promise.all(
    listed.volumes.map(async (status) => {
      const volume = known.has(status.id) ? undefined : await project.volumes(place.region).get(status.id);
      return known.has(status.id) ? status : volume && volumeStatus(project, volume);
    }),
  );
  return {
    instances: instances.filter((instance) => instance !== undefined).filter(instanceIsAlive),
    volumes: volumes.filter((volume) => volume !== undefined).filter(volumeIsAlive),
  };
}
