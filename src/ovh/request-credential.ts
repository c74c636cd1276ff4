import { z } from 'zod';
import { readError, readValue } from './answers.ts';
import { systemClock, type Clock } from './clock.ts';
import { resolveEndpoint } from './endpoints.ts';
import { orNull } from './resources/schema.ts';
import { Wire, plainFetch, type Fetch } from './transport.ts';

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

/** What the consumer key in use is, and may do. */
export const credential = z.object({
  credentialId: z.number(),
  applicationId: z.number(),
  /** `validated`, `pendingValidation`, `refused`, `expired`. */
  status: z.string(),
  /** ISO 8601; null: never. */
  expiration: orNull(z.string()),
  /** `path` may hold `*`. */
  rules: z.array(z.object({ method: z.string(), path: z.string() })),
  /** Null: from anywhere. */
  allowedIPs: orNull(z.array(z.string())),
});

export type Credential = z.infer<typeof credential>;
