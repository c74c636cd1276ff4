import { z } from 'zod';
import { listOrEmpty } from './lenient.ts';

export const instanceGroup = z
  .object({
    id: z.string().min(1),
    name: z.string(),
    region: z.string(),
    /** `affinity` or `anti-affinity`. */
    type: z.string(),
    instance_ids: listOrEmpty(z.string()),
  })
  .transform(({ instance_ids, ...rest }) => ({ ...rest, instanceIds: instance_ids }));

export type InstanceGroup = z.infer<typeof instanceGroup>;
