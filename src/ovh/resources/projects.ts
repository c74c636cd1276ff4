import { z } from 'zod';
import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { type Project, project } from '../schemas/project.ts';

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
