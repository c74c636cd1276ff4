import type { Clock } from '../clock.ts';
import type { Credentials, CredentialSource } from '../configuration/credentials.ts';
import { OvhConfigError } from '../errors/ovh-config-error.ts';
import type { Fetch } from '../fetch.ts';
import { applicationKey } from './application-key.ts';
import { bearer } from './bearer.ts';
import { clientCredentials } from './client-credentials.ts';
import type { ServerClock } from './server-clock.ts';
import type { NextSigner, Signer } from './signer.ts';

export interface AuthorizerOptions {
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
    if (/^[!-~]([ -~]*[!-~])?$/.test(value as string)) continue;
    throw new OvhConfigError(
      `OVH credentials: ${field} is empty, or has white space around it or characters beyond ASCII`,
    );
  }
}
