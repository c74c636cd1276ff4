import { fleetNodeNumber, identifier, type Identifier } from '../../contract/index.ts';
import type { CompleteDestroyFleet } from '../../contract/index.ts';
import type { Carried } from '../../identity/mark.ts';
import type { Instance } from '../../ovh/index.ts';
import type { ServedProject } from '../project.ts';
import { inventory } from './inventory.ts';

/** A node with a name of the fleet, and what lists show of it. */
export interface FleetMember {
  name: string;
  number: number;
  region: string;
  instance: Instance | undefined;
  things: (Identifier & { sign: string | null })[];
}

/** Nodes with names of the fleet whose marks verify, in the order of their numbers. */
export async function fleetAt(
  project: ServedProject,
  { name: fleet, region }: Pick<CompleteDestroyFleet, 'name' | 'region'>,
): Promise<FleetMember[]> {
  const members = new Map<string, FleetMember>();
  const add = (carried: Carried, thing: Identifier, where: string) => {
    const number = fleetNodeNumber(fleet, carried.node);
    if (number === undefined) return undefined;
    const key = `${where} ${number}`;
    const member = members.get(key) ?? {
      name: carried.node,
      number,
      region: where,
      instance: undefined,
      things: [],
    };
    if (member.things.every((known) => known.id !== thing.id))
      member.things.push({ ...identifier(thing), sign: carried.sign });
    members.set(key, member);
    return member;
  };
  // Twice: a name that one list leaves out would be made again in another region, or be called destroyed.
  for (let look = 0; look < 2; look += 1) {
    const { instances, volumes } = await inventory(project, region);
    for (const { seen, ...carried } of instances) {
      const member = add(carried, { ...seen, kind: 'instance' }, seen.region);
      if (member) member.instance = seen;
    }
    for (const { seen, ...carried } of volumes) add(carried, { ...seen, kind: 'volume' }, seen.region);
  }
  return [...members.values()].sort((a, b) => a.number - b.number);
}
