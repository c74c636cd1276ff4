import { flavorName, flavors, flavorsById, type Flavor } from '../catalogue/flavors.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import { instancesLeft } from '../world/quota.ts';
import type { World } from '../world/world.ts';

export const flavorOperations = [
  inProject({
    method: 'GET',
    path: '/flavor',
    iam: 'flavor/get',
    query: { region: optional(string) },
    handle: ({ world, project, now, query: { region } }) =>
      flavors
        .filter((flavor) => project.hasRegion(flavor.region, now) && (!region || flavor.region === region))
        .map((flavor) => flavorView(flavor, world, project, now)),
  }),

  inProject({
    method: 'GET',
    path: '/flavor/{flavorId}',
    iam: 'flavor/get',
    handle({ world, project, now, params: { flavorId } }) {
      return flavorView(findFlavor(flavorId), world, project, now);
    },
  }),
];

export function findFlavor(id: string): Flavor {
  const flavor = flavorsById.get(id);
  if (!flavor) throw notFound('flavorId', id);
  return flavor;
}

/** The flavor with its stock, and how many of it the project may start. */
export function flavorView(flavor: Flavor, world: World, project: ProjectRecord, now: number) {
  const { id, region } = flavor;
  return {
    ...flavor,
    name: flavorName(flavor, world.switches),
    available: !world.outOfStock.has(id),
    quota: instancesLeft(project.quotaIn(region), project.usageIn(region).at(now), flavor),
  };
}
