import { regions, regionsByName } from '../catalogue/regions.ts';
import { notFound } from '../http/api-error.ts';
import { inProject } from '../http/operation.ts';

export const regionOperations = [
  inProject({
    method: 'GET',
    path: '/region',
    iam: 'region/get',
    handle: () => regions.map(({ name }) => name),
  }),

  inProject({
    method: 'GET',
    path: '/region/{regionName}',
    iam: 'region/get',
    handle({ params: { regionName } }) {
      const region = regionsByName.get(regionName);
      if (!region) throw notFound('regionName', regionName);
      return region;
    },
  }),
];
