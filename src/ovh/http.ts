import type { z } from 'zod';
import { readError, readList, readValue } from './answers.ts';
import type { Authorizer, Signer } from './authorization.ts';
import type { Clock } from './clock.ts';
import { OvhConfigError, OvhError, OvhNetworkError, isCredentialRefusal } from './errors.ts';
import type { Governor, Priority } from './governor.ts';
import { untilAborted, type Message, type Wire } from './transport.ts';

/** For reads, which may be given up at any moment. */
export interface CallOptions {
  /** The call rejects with the signal's reason as soon as it is aborted. */
  signal?: AbortSignal | undefined;
  /** Runs when the governor has admitted the call, immediately before the signature. */
  beforeSend?: (() => void) | undefined;
  /** Whether nobody holds a change back until it is answered: as long as it says so, changes go before it for longer. */
  isPatient?: (() => boolean) | undefined;
}

/** For calls that change something. They take no signal: a request given up half-way may have been applied. */
export interface MutateOptions {
  /**
   * Runs when the governor has admitted the call, immediately before the signature; so twice when the clock was
   * off and the call is signed again. If it throws, nothing is sent and the call rejects with that very error.
   */
  beforeSend?: (() => void | Promise<void>) | undefined;
  /** For whom: those who share a consumer key take turns when requests have to wait. */
  sharer?: string | undefined;
  signal?: never;
}

interface HttpOptions {
  wire: Wire;
  authorizer: Authorizer;
  governor: Governor;
  clock: Clock;
}

type Query = Record<string, string | undefined>;

interface MutationOptions extends MutateOptions {
  body?: object;
}

interface Call extends Message {
  priority: Priority;
  beforeSend?: MutateOptions['beforeSend'];
  sharer?: string | undefined;
  isPatient?: CallOptions['isPatient'];
}

/**
 * Calls OVH: governed, authorized, parsed. Nothing is repeated, with one exception: an answer that blames the
 * clock proves that nothing was applied, so the call is signed with a fresh time and sent once more.
 *
 * Every method throws OvhApiError, OvhNetworkError or OvhSchemaError; OvhConfigError from the credential source.
 */
export class Http {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async get<T>(path: string, schema: z.ZodType<T>, options: CallOptions = {}, query?: Query): Promise<T> {
    const { signal } = options;
    const call: Call = { method: 'GET', path, query, ...options, priority: 'look' };
    return untilAborted(signal, () => this.#perform(call, (answer) => readValue(call, answer, schema)));
  }

  /** Reads record by record; with a `region`, in the query or of the path, it is that region's list. */
  async list<T>(
    path: string,
    record: z.ZodType<T>,
    options: CallOptions = {},
    query?: Query,
    region: string | undefined = query?.['region'],
  ): Promise<T[]> {
    const { signal } = options;
    const call: Call = { method: 'GET', path, query, ...options, priority: 'look' };
    const asked = { method: 'GET', path, region };
    return untilAborted(signal, () => this.#perform(call, (answer) => readList(asked, answer, record)));
  }

  async mutate<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    schema: z.ZodType<T>,
    { body, beforeSend, sharer }: MutationOptions = {},
  ): Promise<T> {
    const call: Call = { method, path, body, beforeSend, sharer, priority: 'mutate' };
    return this.#perform(call, (answer) => readValue(call, answer, schema));
  }

  async #perform<T>(call: Call, read: (answer: Response) => Promise<T>): Promise<T> {
    const { authorizer, governor, clock } = this.#options;
    for (let resigned = false; ; resigned = true) {
      await governor.acquire(call.priority, call);
      const signer = await this.#signer(call);
      const response = await this.#attempt(call, signer);
      if (response.status === 429 || response.status === 408) governor.refused();
      else if (response.status < 500) governor.accepted();
      if (response.ok) return read(response);
      const error = await readError(call, response, clock.now());
      if (error.retryAfterMs !== undefined) governor.pause(error.retryAfterMs);
      if (signer.clockMayBeOff(error) && !resigned) continue;
      if (isCredentialRefusal(error)) authorizer.forget();
      throw error;
    }
  }

  /**
   * What goes wrong on the way to a signature is told as a call that was never sent: a 404 for `/auth/time` must
   * not be read as "the volume is gone", nor a lost token as a lost answer.
   */
  async #signer(call: Call): Promise<Signer> {
    try {
      return await this.#options.authorizer.signer();
    } catch (error) {
      if (!(error instanceof OvhError) || error instanceof OvhConfigError || isCredentialRefusal(error))
        throw error;
      const lost = error instanceof OvhNetworkError ? error : undefined;
      const { what: reason = error.message, code, timeout = false } = lost ?? {};
      const { method, path } = call;
      throw new OvhNetworkError({ method, path, reason, code, timeout, sent: false });
    }
  }

  async #attempt(call: Call, signer: Signer): Promise<Response> {
    try {
      return await this.#options.wire.send(call, async (outgoing) => {
        await call.beforeSend?.();
        return signer.headers(outgoing);
      });
    } catch (error) {
      if (error instanceof OvhNetworkError && error.sent) this.#options.governor.broken();
      throw error;
    }
  }
}
