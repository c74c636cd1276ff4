import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { ClientCredentials } from '../configuration/credentials.ts';
import { exchange } from '../exchange.ts';
import type { Fetch } from '../fetch.ts';
import { readError, readValue } from '../read-answer.ts';

/** As the official Go and Node clients have it. */
const RENEW_BEFORE_END_MS = 10_000;

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number() });

export interface GrantOptions {
  credentials: ClientCredentials;
  tokenUrl: string;
  clock: Clock;
  fetch: Fetch;
  timeoutMs: number;
}

interface Token {
  value: string;
  /** Epoch ms. */
  endsAt: number;
}

/** OAuth2 client credentials: a token is fetched when first needed, shared by all calls, and renewed in time. */
export function clientCredentials(options: GrantOptions): () => Promise<string> {
  let token: Token | undefined;
  let pending: Promise<Token> | undefined;
  return async () => {
    if (!token || options.clock.now() >= token.endsAt - RENEW_BEFORE_END_MS) {
      pending ??= requestToken(options).finally(() => (pending = undefined));
      token = await pending;
    }
    return token.value;
  };
}

async function requestToken({
  credentials,
  tokenUrl,
  clock,
  fetch,
  timeoutMs,
}: GrantOptions): Promise<Token> {
  const asked = { method: 'POST', path: new URL(tokenUrl).pathname };
  const askedAt = clock.now();
  const request = {
    method: asked.method,
    url: tokenUrl,
    headers: new Headers({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    }),
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      scope: 'all',
    }).toString(),
  };
  const response = await exchange(request, { fetch, timeoutMs, path: asked.path });
  if (!response.ok) throw await readError(asked, response, askedAt);
  const { access_token, expires_in } = await readValue(asked, response, granted);
  return { value: access_token, endsAt: askedAt + expires_in * 1_000 };
}
