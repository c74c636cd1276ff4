import type { Identifier, Place, ResourceKind, VolumeStatus } from '../../contract/index.ts';
import { refuseUnread, type Instance, type Volume } from '../../ovh/index.ts';
import { instanceIsAlive, volumeIsAlive } from './alive.ts';
import { instanceSign, volumeSign } from '../../identity/mark.ts';
import type { ServedProject } from '../project.ts';
import { volumeStatus } from './status.ts';

/** Which node's things; the mark is made of it. */
type MarkedPlace = Pick<Place, 'region' | 'node' | 'mark'>;

/** Kinds of things whose names carry a mark. */
type Named = Exclude<ResourceKind, 'floatingIp'>;

export interface Marked {
  instances: Instance[];
  volumes: VolumeStatus[];
}

/** What lists show under a node's mark, whoever made it. They lag: what matters is confirmed by id. */
export async function listMarked(project: ServedProject, place: MarkedPlace, only?: Named): Promise<Marked> {
  return marked(project, place, await listedIn(project, place, { only }));
}

/**
 * Everything that lists show in the node's region, whosever it is.
 *
 * @throws OvhSchemaError where a thing of the node's is among it and cannot be read: it is there, whatever it is
 */
export async function listedIn(
  project: ServedProject,
  place: MarkedPlace,
  { only, ...patience }: { only?: Named | undefined; isPatient?: boolean } = {},
): Promise<{ instances: Instance[]; volumes: Volume[] }> {
  const [instances, volumes] = await Promise.all([
    only === 'volume' ? [] : project.instances(place.region).list(patience),
    only === 'instance' ? [] : project.volumes(place.region).list(patience),
  ]);
  refuseUnread(instances, ({ name }) => name !== null && instanceSign(name, place) !== undefined);
  refuseUnread(volumes, ({ name }) => name !== null && volumeSign(name, place) !== undefined);
  return { instances, volumes };
}

/** What of these carries the node's mark. */
export function marked(
  project: ServedProject,
  place: MarkedPlace,
  { instances, volumes }: { instances: Instance[]; volumes: Volume[] },
): Marked {
  return {
    instances: instances.filter(({ name }) => instanceSign(name, place) !== undefined),
    // The sign first: it is compared, while whose volume it is takes a hash, and there may be thousands.
    volumes: volumes
      .filter(({ name }) => volumeSign(name, place) !== undefined)
      .map((volume) => volumeStatus(project, volume))
      .filter((status) => status !== undefined),
  };
}

/** What is alive under a node's mark: lists still show what was deleted, so each is confirmed by id. */
export async function aliveMarked(project: ServedProject, place: MarkedPlace, only?: Named): Promise<Marked> {
  return confirmed(project, place, await listMarked(project, place, only));
}

/** The same as it is now, by id; what is gone, or carries another name by now, is left out. */
export async function confirmed(project: ServedProject, place: MarkedPlace, listed: Marked): Promise<Marked> {
  const [instances, volumes] = await Promise.all([
    Promise.all(listed.instances.map(({ id }) => project.instances(place.region).find(id))),
    Promise.all(listed.volumes.map(({ id }) => project.volumes(place.region).find(id))),
  ]);
  return marked(project, place, {
    instances: instances.filter((instance) => instance !== undefined).filter(instanceIsAlive),
    volumes: volumes.filter((volume) => volume !== undefined).filter(volumeIsAlive),
  });
}

export function identifiersOf({ instances, volumes }: Marked): (Identifier & { created: string })[] {
  return [
    ...instances.map(({ id, name, created }) => ({ kind: 'instance' as const, id, name, created })),
    ...volumes.map(({ id, name, created }) => ({ kind: 'volume' as const, id, name, created })),
  ];
}

/**
 * Who made what is of the node: a sign, or null where the name has none. Undefined: it is not of the node, as far as a name
 * tells; that of a floating IP, which is its address, tells nothing.
 */
export function signOfThing({ kind, name }: Identifier, place: MarkedPlace): string | null | undefined {
  if (kind === 'floatingIp') return undefined;
  return kind === 'instance' ? instanceSign(name, place) : volumeSign(name, place);
}
