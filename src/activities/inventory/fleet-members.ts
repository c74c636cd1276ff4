import { fleetNodeNumber, type Identifier } from '../../contract/index.ts';
import type { CompleteDestroyFleet } from '../../contract/index.ts';
import { readInstanceName, readVolume } from '../../identity/mark.ts';
import type { Instance } from '../../ovh/index.ts';
import type { Project } from '../project.ts';
import { instanceIsAlive, volumeIsAlive } from './alive.ts';

/** A node with a name of the fleet, and what lists show of it. */
export interface Member {
  name: string;
  number: number;
  region: string;
  instance: Instance | undefined;
  things: (Identifier & { sign: string | null })[];
}

/** Nodes with names of the fleet whose marks verify, in the order of their numbers. */
export async function fleetAt(
  project: Project,
  { name: fleet, region }: Pick<CompleteDestroyFleet, 'name' | 'region'>,
): Promise<Member[]> {
  const members = new Map<string, Member>();
  const add = (
    carried: { node: string; sign: string | null } | undefined,
    thing: Identifier,
    where: string,
  ) => {
    const number = carried && fleetNodeNumber(fleet, carried.node);
    if (!carried || number === undefined) return undefined;
    const key = `${where} ${number}`;
    const member = members.get(key) ?? {
      name: carried.node,
      number,
      region: where,
      instance: undefined,
      things: [],
    };
    const { kind, id, name } = thing;
    if (member.things.every((known) => known.id !== id))
      member.things.push({ kind, id, name, sign: carried.sign });
    members.set(key, member);
    return member;
  };
  // Twice: a name that one list leaves out would be made again in another region, or be called destroyed.
  for (let look = 0; look < 2; look += 1) {
    const [instances, volumes] = await Promise.all([
      project.instances(region).list(),
      project.volumes(region).list(),
    ]);
    for (const instance of instances.filter(instanceIsAlive)) {
      const carried = readInstanceName(instance.name, project.identity(instance.region));
      const member = add(carried, { ...instance, kind: 'instance' }, instance.region);
      if (member) member.instance = instance;
    }
    for (const volume of volumes.filter(volumeIsAlive))
      add(readVolume(volume, project.identity(volume.region)), { ...volume, kind: 'volume' }, volume.region);
  }
  return [...members.values()].sort((a, b) => a.number - b.number);
}

/** What of a node stands, by id. */
export async function standsById(project: Project, { region, things }: Member): Promise<Identifier[]> {
  const seen = await Promise.all(
    things.map(async ({ kind, id, name }) => {
      if (kind === 'volume') {
        const volume = await project.volumes(region).get(id);
        return volume && volumeIsAlive(volume) ? [{ kind, id, name }] : [];
      }
      const instance = await project.instances(region).get(id);
      return instance && instanceIsAlive(instance) ? [{ kind, id, name }] : [];
    }),
  );
  return seen.flat();
}
