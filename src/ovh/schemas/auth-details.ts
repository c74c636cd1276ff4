import { z } from 'zod';
import { listOrEmpty, orNull } from './lenient.ts';

/** Who calls. */
export const authDetails = z.object({
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
