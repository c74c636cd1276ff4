import { z } from 'zod';
import { Authorizer } from './authorization.ts';
import { ServerClock } from './clock.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Credentials, CredentialSource } from './configuration/credentials.ts';
import { resolveEndpoint } from './endpoints.ts';
import { type Fetch, plainFetch } from './transport.ts';
import { Governor } from './governor.ts';
import { Http } from './http.ts';
import { OvhProject } from './ovh-project.ts';
import { readError, readValue } from './answers.ts';
import { type Auth, auth } from './resources/auth.ts';
import { type Projects, projects } from './resources/projects.ts';
import { type GetPrices, pricesOf } from './resources/prices.ts';
import { catalog } from './resources/prices.ts';
import { type Message, Wire } from './transport.ts';

export interface OvhOptions {
  /** A name (`ovh-eu`, `ovh-ca`, `ovh-us`, …) or a full URL up to the version, `http://127.0.0.1:8080/1.0`. */
  endpoint?: string;
  /** A source is asked before the first call, and again after OVH refused what it gave. */
  credentials: CredentialSource | Credentials;
  fetch?: Fetch;
  clock?: Clock;
  /** OVH counts by consumer key: clients that share one should share this too. */
  governor?: Governor;
  /** For each attempt, from signature to the end of the answer. */
  timeoutMs?: number;
}

/**
 * OVHcloud's API version 1 through one consumer key, service account or token.
 *
 * @example
 * const ovh = new Ovh({ credentials: { applicationKey, applicationSecret, consumerKey } });
 * const instances = await ovh.project(projectId).instances.list('GRA11');
 */
export class Ovh {
  readonly auth: Auth;
  readonly projects: Projects;
  readonly prices: GetPrices;
  readonly #http: Http;

  /** @throws OvhConfigError when the endpoint is not one. */
  constructor(options: OvhOptions) {
    const { endpoint = 'ovh-eu', credentials, clock = systemClock, timeoutMs = 45_000 } = options;
    const { fetch = plainFetch, governor = new Governor({ clock }) } = options;
    const { baseUrl, tokenUrl } = resolveEndpoint(endpoint);
    const wire = new Wire({ baseUrl, fetch, timeoutMs });
    const ask = asker(wire, clock);
    const time = async () => ask({ method: 'GET', path: '/auth/time' }, z.number());
    const serverClock = new ServerClock(clock, time);
    const source = typeof credentials === 'function' ? credentials : () => credentials;
    const authorizer = new Authorizer({ source, tokenUrl, serverClock, clock, fetch, timeoutMs });
    this.#http = new Http({ wire, authorizer, governor, clock });
    this.auth = auth(this.#http, time, clock);
    this.prices = async (subsidiary, { signal } = {}) => {
      const query = { ovhSubsidiary: subsidiary };
      return pricesOf(
        await ask({ method: 'GET', path: '/order/catalog/public/cloud', query, signal }, catalog),
      );
    };
    this.projects = projects(this.#http);
  }

  /** Everything in one Public Cloud project. No call is made, and the id is not checked. */
  project(projectId: string): OvhProject {
    return new OvhProject(this.#http, projectId);
  }
}

/** What needs no authorization: once in a while, so it does not queue, and never with credentials. */
function asker(wire: Wire, clock: Clock) {
  return async <T>(message: Message, schema: z.ZodType<T>): Promise<T> => {
    const response = await wire.send(message);
    if (!response.ok) throw await readError(message, response, clock.now());
    return readValue(message, response, schema);
  };
}
