import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { type Quota, quota } from '../schemas/quota.ts';

export interface Quotas {
  /** One per region. */
  list(options?: CallOptions): Promise<Quota[]>;
}

export function quotas(http: Http, root: string): Quotas {
  return {
    list: (options) => http.list(`${root}/quota`, quota, options),
  };
}
