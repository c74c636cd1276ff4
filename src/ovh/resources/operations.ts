import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { path } from '../path.ts';
import { answering } from '../schemas/answering.ts';
import { type Operation, operation } from '../schemas/operation.ts';

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
