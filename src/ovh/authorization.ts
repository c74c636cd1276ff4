import { z } from 'zod';
import { readError, readValue } from './answers.ts';
import type { Clock, ServerClock } from './clock.ts';
import type {
  ApplicationKeyCredentials,
  ClientCredentials,
  CredentialSource,
  Credentials,
} from './configuration/credentials.ts';
import { OvhConfigError, type OvhApiError } from './errors.ts';
import { sign } from './signature.ts';
import { exchange, type Fetch, type Outgoing } from './transport.ts';

/** Everything that takes time (reading credentials, OVH's clock, a token) lies behind a signer already. */
export interface Signer {
  /** The headers that authorize exactly this attempt. */
  headers(outgoing: Outgoing): Record<string, string>;
  /** True when this refusal may come from a clock that is off, and the next signer will use a fresh one. */
  clockMayBeOff(refusal: OvhApiError): boolean;
}

type NextSigner = () => Promise<Signer>;

/** What OVH answers to a timestamp too far from its own, INVALID_KEY only as reports from the field have it. */
const CLOCK_REFUSALS = new Set(['QUERY_TIME_OUT', 'INVALID_SIGNATURE', 'INVALID_KEY']);

/** Signature version 1 over each attempt, at OVH's time. */
export function applicationKey(credentials: ApplicationKeyCredentials, serverClock: ServerClock): NextSigner {
  const { applicationKey, applicationSecret, consumerKey } = credentials;
  return async () => {
    const reading = await serverClock.reading();
    return {
      headers: (outgoing) => {
        const timestamp = reading.seconds();
        return {
          'X-Ovh-Application': applicationKey,
          'X-Ovh-Consumer': consumerKey,
          'X-Ovh-Timestamp': String(timestamp),
          'X-Ovh-Signature': sign({ applicationSecret, consumerKey, timestamp, ...outgoing }),
        };
      },
      clockMayBeOff: ({ errorCode }) => {
        const off = CLOCK_REFUSALS.has(errorCode ?? '');
        if (off) reading.refuse();
        return off;
      },
    };
  };
}

/** `Authorization: Bearer …` and nothing else: no signature, no clock. */
export function bearer(token: () => Promise<string>): NextSigner {
  return async () => {
    const headers = { Authorization: `Bearer ${await token()}` };
    return { headers: () => headers, clockMayBeOff: () => false };
  };
}

/** As the official Go and Node clients have it. */
const RENEW_BEFORE_END_MS = 10_000;

const granted = z.object({ access_token: z.string().min(1), expires_in: z.number() });

interface GrantOptions {
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
function clientCredentials(options: GrantOptions): () => Promise<string> {
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

interface AuthorizerOptions {
  source: CredentialSource;
  tokenUrl: string | undefined;
  serverClock: ServerClock;
  clock: Clock;
  fetch: Fetch;
  timeoutMs: number;
}

/** Holds the credentials from their source until OVH refuses them. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  #nextSigner: Promise<NextSigner> | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** May read the credentials, get a token or ask OVH the time; throws what that throws. */
  async signer(): Promise<Signer> {
    const current = (this.#nextSigner ??= this.#fromSource());
    try {
      return await (
        await current
      )();
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** The next signer reads the source again. */
  forget(): void {
    this.#nextSigner = undefined;
  }

  async #fromSource(): Promise<NextSigner> {
    const credentials: Credentials = await this.#options.source();
    checkCharacters(credentials);
    if ('accessToken' in credentials) return bearer(async () => credentials.accessToken);
    if ('applicationKey' in credentials) return applicationKey(credentials, this.#options.serverClock);
    const { tokenUrl } = this.#options;
    if (!tokenUrl) {
      throw new OvhConfigError('OVH_CLIENT_ID: this OVH_ENDPOINT knows no OAuth2; use an application key');
    }
    return bearer(clientCredentials({ ...this.#options, credentials, tokenUrl }));
  }
}

/** `Headers` names the value it refuses, so a secret with a line break would end up in an error. */
function checkCharacters(credentials: Credentials): void {
  for (const [field, value] of Object.entries(credentials)) {
    if (/^[!-~]([ -~]*[!-~])?$/.test(String(value))) continue;
    throw new OvhConfigError(
      `OVH credentials: ${field} is empty, or has white space around it or characters beyond ASCII`,
    );
  }
}
