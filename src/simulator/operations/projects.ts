import { stableId } from '../catalogue/stable-id.ts';
import { inProject, operation } from '../http/operation.ts';
import { boolean, datetime, long, oneOf, optional, string } from '../http/parameters.ts';

export const projectOperations = [
  operation({
    method: 'GET',
    path: '/cloud/project',
    query: { iamTags: optional({ ...string, type: 'map[string][]iam.resource.TagFilter' }) },
    handle: ({ world, caller }) =>
      [...world.projects.values()].filter(({ account }) => account === caller?.account).map(({ id }) => id),
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
      iam: {
        id: stableId('iam', project.id),
        urn: `urn:v1:eu:resource:publicCloudProject:${project.id}`,
        displayName: project.description,
        state: 'OK',
        tags: null,
      },
    }),
  }),

  inProject({
    method: 'PUT',
    path: '',
    iam: 'edit',
    // All but the description is decided by OVH, and passed over.
    body: {
      access: optional(oneOf('cloud.AccessTypeEnum', ['full', 'restricted'])),
      creationDate: optional(datetime),
      description: optional(string),
      expiration: optional(datetime),
      manualQuota: optional(boolean),
      orderId: optional(long),
      planCode: optional(string),
      projectName: optional(string),
      project_id: optional(string),
      status: optional(
        oneOf('cloud.project.ProjectStatusEnum', ['creating', 'deleted', 'deleting', 'ok', 'suspended']),
      ),
      unleash: optional(boolean),
    },
    handle({ project, body: { description } }) {
      if (description != null) project.description = description;
    },
  }),
];
