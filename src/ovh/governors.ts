import type { Credentials } from './configuration/credentials.ts';
import { Governor } from './governor.ts';

/** One governor for each consumer key, service account or token: OVH counts by it, whatever the project. */
export class Governors {
  readonly #byCaller = new Map<string, Governor>();

  of(endpoint: string, credentials: Credentials): Governor {
    const caller = `${endpoint} ${callerOf(credentials)}`;
    const governor = this.#byCaller.get(caller) ?? new Governor();
    this.#byCaller.set(caller, governor);
    return governor;
  }
}

function callerOf(credentials: Credentials): string {
  if ('consumerKey' in credentials) return credentials.consumerKey;
  return 'clientId' in credentials ? credentials.clientId : credentials.accessToken;
}
