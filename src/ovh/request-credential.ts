import { z } from 'zod';
import { type Clock, systemClock } from './clock.ts';
import { resolveEndpoint } from './endpoints.ts';
import { type Fetch, plainFetch } from './fetch.ts';
import { readError, readValue } from './read-answer.ts';
import { Wire } from './wire.ts';

/** What a consumer key may do: `path` is exact, or holds `*` for anything. */
export interface AccessRule {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  path: string;
}

export interface CredentialRequest {
  endpoint: string;
  /** Made at the endpoint's `/createApp/`; its secret is not needed here. */
  applicationKey: string;
  accessRules: AccessRule[];
  /** Where OVH sends the browser afterwards. */
  redirection?: string;
  /** `203.0.113.0/24`; left out: from anywhere. */
  allowedIPs?: string[];
  fetch?: Fetch;
  clock?: Clock;
}

const answer = z.object({ consumerKey: z.string(), validationUrl: z.string(), state: z.string() });

/** A consumer key that nobody has agreed to yet. */
export type RequestedCredential = z.infer<typeof answer>;

/**
 * `POST /auth/credential`: asks for a consumer key. It works once a person has opened `validationUrl` and agreed:
 * `auth.awaitValidation`.
 *
 * @throws OvhApiError, `INVALID_KEY` where the application key was made at another endpoint.
 */
export async function requestCredential(request: CredentialRequest): Promise<RequestedCredential> {
  const { endpoint, applicationKey, accessRules, redirection, allowedIPs } = request;
  const { fetch = plainFetch, clock = systemClock } = request;
  const wire = new Wire({ baseUrl: resolveEndpoint(endpoint).baseUrl, fetch, timeoutMs: 45_000 });
  const body = {
    accessRules,
    ...(redirection !== undefined && { redirection }),
    ...(allowedIPs !== undefined && { allowedIPs }),
  };
  const asked = { method: 'POST', path: '/auth/credential', body } as const;
  const response = await wire.send(asked, async () => ({ 'X-Ovh-Application': applicationKey }));
  if (!response.ok) throw await readError(asked, response, clock.now());
  return readValue(asked, response, answer);
}
