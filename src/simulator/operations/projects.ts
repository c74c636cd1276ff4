import { inProject, operation } from '../http/operation.ts';
import { optional, string } from '../http/parameters.ts';

export const projectOperations = [
  operation({
    method: 'GET',
    path: '/cloud/project',
    query: { iamTags: optional({ ...string, type: 'map[string][]iam.resource.TagFilter' }) },
    handle: ({ world, credential }) =>
      [...world.projects.values()]
        .filter(({ account }) => account === credential?.application.account)
        .map(({ id }) => id),
  }),

  inProject({
    method: 'GET',
    path: '',
    iam: 'get',
    handle: ({ world, project }) => ({
      project_id: project.id,
      projectName: project.description,
      description: project.description,
      planCode: 'project.2018',
      unleash: true,
      expiration: null,
      creationDate: world.date(project.createdAt),
      orderId: null,
      access: 'full',
      status: 'ok',
      manualQuota: false,
      iam: null,
    }),
  }),
];
