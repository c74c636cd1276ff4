import { z } from 'zod';

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
