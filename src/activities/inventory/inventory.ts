import type { Identifier, OnDestroy } from '../../contract/index.ts';
import { readInstanceName, readVolume, type Carried } from '../../identity/mark.ts';
import type { Instance, Volume } from '../../ovh/index.ts';
import type { ServedProject } from '../project.ts';
import { instanceIsAlive, volumeIsAlive } from './alive.ts';

/** Things of the project whose marks verify, alive, as lists show them. Lists lag: what matters is confirmed by id. */
export interface Inventory {
  instances: (Carried & { seen: Instance })[];
  /** `volume`: its name in the spec. */
  volumes: (Carried & { seen: Volume; volume: string; onDestroy: OnDestroy })[];
}

/** Everything that carries the owner's mark, whichever node's it is. Without a region: in all of the project. */
export async function inventory(project: ServedProject, region?: string): Promise<Inventory> {
  const [instances, volumes] = await Promise.all([
    project.instances(region).list(),
    project.volumes(region).list(),
  ]);
  return {
    instances: instances.filter(instanceIsAlive).flatMap((seen) => {
      const carried = readInstanceName(seen.name, project.identity(seen.region));
      return carried ? [{ ...carried, seen }] : [];
    }),
    volumes: volumes.filter(volumeIsAlive).flatMap((seen) => {
      const carried = readVolume(seen, project.identity(seen.region));
      return carried ? [{ ...carried, seen }] : [];
    }),
  };
}

/** Whether a thing stands, by its id: lists still show what was deleted, and do not show yet what was made. */
export async function stands(project: ServedProject, region: string, thing: Identifier): Promise<boolean> {
  return (await standing(project, region, thing)) === 'alive';
}

/** The same; `going`: OVH is at deleting it, and may give up. */
export async function standing(
  project: ServedProject,
  region: string,
  { kind, id }: Identifier,
): Promise<'alive' | 'going' | 'absent'> {
  if (kind === 'floatingIp') return (await project.floatingIps(region).find(id)) ? 'alive' : 'absent';
  if (kind === 'volume') {
    const volume = await project.volumes(region).find(id);
    if (!volume) return 'absent';
    return volumeIsAlive(volume) ? 'alive' : 'going';
  }
  const instance = await project.instances(region).find(id);
  if (!instance) return 'absent';
  return instanceIsAlive(instance) ? 'alive' : 'going';
}
