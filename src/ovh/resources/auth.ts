import type { CallOptions } from '../call-options.ts';
import type { Http } from '../http.ts';
import { type Credential, credential } from '../schemas/credential.ts';

export interface Auth {
  /** OVH's clock, Unix seconds. Needs no credentials. */
  time(): Promise<number>;
  /** The consumer key in use: until when, and what it may do. */
  currentCredential(options?: CallOptions): Promise<Credential>;
}

export function auth(http: Http, time: () => Promise<number>): Auth {
  return {
    time,
    currentCredential: (options) => http.get('/auth/currentCredential', credential, options),
  };
}
