import { z } from 'zod';
import type { CallOptions, Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from './schema.ts';

export const project = z
  .object({
    project_id: z.string(),
    projectName: z.string().nullish(),
    description: z.string().nullish(),
    status: z.string(),
    planCode: z.string().nullish(),
  })
  .transform(({ project_id, projectName, description, status, planCode }) => ({
    id: project_id,
    projectName: projectName ?? null,
    description: description ?? null,
    /** `ok`, `creating`, `suspended`, `deleting`, `deleted`. */
    status,
    planCode: planCode ?? null,
  }));

export type Project = z.infer<typeof project>;

export interface Projects {
  /** Ids alone: OVH names the projects only one by one. */
  list(options?: CallOptions): Promise<string[]>;
  get(id: string, options?: CallOptions): Promise<Project>;
}

export function projects(http: Http): Projects {
  return {
    list: (options) => http.get('/cloud/project', z.array(z.string()), options),
    get: async (id, options) => http.get(path`/cloud/project/${id}`, answering(project, { id }), options),
  };
}
