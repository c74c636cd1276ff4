import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { OvhApiError } from '../errors.ts';
import type { CallOptions, Http } from '../http.ts';
import { credential, type Credential } from '../request-credential.ts';
import { listOrEmpty, nothing, orNull } from './schema.ts';

/** Who calls. */
const authDetails = z.object({
  account: z.string(),
  /** `account`, `oauth2_client_credentials`, `provider`, `user`. */
  method: z.string(),
  user: orNull(z.string()),
  /** IAM names, `urn:v1:eu:identity:account:xx1-ovh`. */
  identities: listOrEmpty(z.string()),
  /** Null: IAM decides call by call. */
  allowedRoutes: orNull(z.array(z.object({ method: z.string(), path: z.string() }))),
});

export type AuthDetails = z.infer<typeof authDetails>;

/** `/auth`: who calls, and what for. */
export interface Auth {
  /** OVH's clock, Unix seconds. Needs no credentials. */
  time(): Promise<number>;
  /** The consumer key in use: until when, and what it may do. */
  currentCredential(options?: CallOptions): Promise<Credential>;
  /** Whose account it is, also with OAuth2 and tokens. */
  details(options?: CallOptions): Promise<AuthDetails>;
  /**
   * Waits until somebody has opened the validation URL and agreed; looks every two seconds. OVH answers the same to
   * a key that waits and to one that was turned down, so the caller decides how long: by the signal.
   */
  awaitValidation(options?: CallOptions): Promise<Credential>;
  /** Ends the consumer key in use, for good. */
  logout(): Promise<void>;
}

const LOOK_MS = 2000;

export function auth(http: Http, time: () => Promise<number>, clock: Clock): Auth {
  const currentCredential = (options?: CallOptions) =>
    http.get('/auth/currentCredential', credential, options);
  return {
    time,
    currentCredential,
    details: (options) => http.get('/auth/details', authDetails, options),
    async awaitValidation({ signal } = {}) {
      for (;;) {
        try {
          return await currentCredential({ signal });
        } catch (error) {
          if (!(error instanceof OvhApiError && error.errorCode === 'INVALID_CREDENTIAL')) throw error;
        }
        await clock.sleep(LOOK_MS, signal);
      }
    },
    logout: () => http.mutate('POST', '/auth/logout', nothing),
  };
}
