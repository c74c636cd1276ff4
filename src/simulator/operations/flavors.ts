import { flavors, flavorsById, type Flavor } from '../catalogue/flavors.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';
import type { Project } from '../world/project.ts';
import { instancesLeft, usageOf, type Usage } from '../world/quota.ts';
import type { World } from '../world/world.ts';

export const flavorOperations = [
  inProject({
    method: 'GET',
    path: '/flavor',
    iam: 'flavor/get',
    query: { region: optional(string) },
    handle({ world, project, now, query: { region } }) {
      const usages = new Map<string, Usage>();
      return flavors
        .filter((flavor) => !region || flavor.region === region)
        .map((flavor) => {
          const usage = usages.get(flavor.region) ?? usageOf(project, flavor.region, now);
          usages.set(flavor.region, usage);
          return flavorView(flavor, world, project, usage);
        });
    },
  }),

  inProject({
    method: 'GET',
    path: '/flavor/{flavorId}',
    iam: 'flavor/get',
    handle({ world, project, now, params: { flavorId } }) {
      const flavor = flavorsById.get(flavorId);
      if (!flavor) throw notFound('flavorId', flavorId);
      return flavorView(flavor, world, project, usageOf(project, flavor.region, now));
    },
  }),
];

/** The flavor with its stock, and how many of it the project may start. */
export function flavorView(flavor: Flavor, world: World, project: Project, usage: Usage) {
  return {
    ...flavor,
    available: !world.outOfStock.has(flavor.id),
    quota: instancesLeft(project.quotaIn(flavor.region), usage, flavor),
  };
}
