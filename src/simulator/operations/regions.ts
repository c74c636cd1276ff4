import { regions, regionsByName, type Region } from '../catalogue/regions.ts';
import { badRequest, conflict, notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';
import { string } from '../http/parameters.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { World } from '../world/world.ts';

export const regionOperations = [
  inProject({
    method: 'GET',
    path: '/region',
    iam: 'region/get',
    handle: ({ project, now }) => project.regionsAt(now).map(({ name }) => name),
  }),

  inProject({
    method: 'POST',
    path: '/region',
    iam: 'region/create',
    body: { region: string },
    handle({ world, project, now, body: { region: name } }) {
      const region = regionsByName.get(name);
      if (!region) throw badRequest('Invalid value(s) received: region');
      if (project.regions.has(name)) throw conflict(`Region ${name} is already activated`);
      project.regions.set(name, now + world.delays.operationMs);
      return region;
    },
  }),

  inProject({
    method: 'GET',
    path: '/regionAvailable',
    iam: 'regionAvailable/get',
    handle: ({ project }) =>
      regions
        .filter(({ name }) => !project.regions.has(name))
        .map(({ name, type, continentCode, datacenterLocation }) => ({
          name,
          type,
          continentCode,
          datacenterLocation,
        })),
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}',
    iam: 'region/get',
    handle: ({ world, project, now, params: { regionName } }) =>
      regionView(findRegion(project, regionName, now), world),
  }),
];

/** A region that is down takes its services along. */
export function regionView(region: Region, { regionStatus }: World): Region {
  const status = regionStatus.get(region.name)?.status ?? region.status;
  if (status !== 'DOWN') return { ...region, status };
  return { ...region, status, services: region.services.map((service) => ({ ...service, status })) };
}

/** One that the project may use by now. */
export function findRegion(project: ProjectRecord, name: string, now: number): Region {
  const region = project.hasRegion(name, now) ? regionsByName.get(name) : undefined;
  if (!region) throw notFound('regionName', name);
  return region;
}
