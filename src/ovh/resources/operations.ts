import { z } from 'zod';
import type { CallOptions, Http } from '../http.ts';
import { path } from '../path.ts';
import { answering, listOrEmpty, orNull } from './schema.ts';

const step = {
  id: z.string().nullish(),
  action: z.string().nullish(),
  status: z.string().nullish(),
  resourceId: z.string().nullish(),
};

/** An order that OVH has taken: the answer of its regional calls. */
export const operation = z
  .object({
    id: z.string().min(1),
    /** What is being done, `instance#create`, `ablockstorage.CreateVolume`, … */
    action: z.string(),
    /** OVH's word: `created`, `in-progress`, `completed`, `in-error`, `canceled`, `unknown`. */
    status: z.string(),
    /** Percent. */
    progress: z.number().nullish(),
    /** ISO 8601. */
    createdAt: z.string(),
    startedAt: orNull(z.string()),
    completedAt: orNull(z.string()),
    regions: listOrEmpty(z.string()),
    resourceId: orNull(z.string()),
    subOperations: listOrEmpty(z.object(step)),
  })
  .transform(({ progress, ...rest }) => ({ ...rest, progress: progress ?? 0 }));

/**
 * An operation of that region. Beside the region it says nothing of what was ordered: neither name nor key. Regions that
 * are left out prove nothing; what the words of `action` are, OVH has changed before.
 */
export function operationIn(region: string) {
  return operation.refine(({ regions }) => regions.length === 0 || regions.includes(region), {
    message: 'it answered with another region than was asked for',
  });
}

export type Operation = z.infer<typeof operation>;

/**
 * The id of what an operation makes, once OVH knows it: of its own or, where that is null, of its sub-operation that
 * creates; OVH's own tools read it so.
 */
export function resourceOf({ resourceId, subOperations }: Operation): string | undefined {
  if (resourceId) return resourceId;
  const made = subOperations.filter((each) => each.resourceId);
  const creating = made.find(({ action }) => /#create$/i.test(action ?? '')) ?? made[0];
  return creating?.resourceId ?? undefined;
}

/** `/operation`: the orders that OVH has taken. BETA at OVH. */
export interface Operations {
  list(options?: CallOptions & { instanceId?: string }): Promise<Operation[]>;
  get(id: string, options?: CallOptions): Promise<Operation>;
}

export function operations(http: Http, root: string): Operations {
  return {
    list: ({ instanceId, ...options } = {}) =>
      http.list(`${root}/operation`, operation, options, { instanceId }),
    get: async (id, options) =>
      http.get(root + path`/operation/${id}`, answering(operation, { id }), options),
  };
}
