import ky, { type KyInstance } from 'ky';
import { exchange } from './exchange.ts';
import type { Fetch } from './fetch.ts';

export interface WireOptions {
  baseUrl: string;
  fetch: Fetch;
  timeoutMs: number;
}

export interface Message {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With a leading slash, values already encoded. */
  path: string;
  query?: Record<string, string | undefined> | undefined;
  body?: object | undefined;
  signal?: AbortSignal | undefined;
}

/** One attempt as it leaves the process, byte for byte. */
export interface Outgoing {
  method: string;
  url: string;
  /** Empty where there is none. */
  body: string;
}

export type Authorize = (outgoing: Outgoing) => Promise<Record<string, string>>;

/** Puts single attempts on the wire. Knows nothing of OVH's errors, and repeats nothing. */
export class Wire {
  readonly #options: WireOptions;
  readonly #ky: KyInstance;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#ky = ky.create({
      prefixUrl: options.baseUrl,
      headers: { accept: 'application/json', 'user-agent': 'mooring' },
      retry: 0,
      throwHttpErrors: false,
      timeout: false, // `exchange` has one, which counts from the signature and covers the body
    });
  }

  /**
   * @param authorize runs last, on exactly what is sent, and returns the headers to add; what it throws is
   *   what the call rejects with.
   */
  async send({ method, path, query, body, signal }: Message, authorize?: Authorize): Promise<Response> {
    const searchParams = Object.entries(query ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    const text = body ? JSON.stringify(body) : '';
    return this.#ky(path.slice(1), {
      method,
      ...(searchParams.length > 0 && { searchParams }), // ky turns an empty list into a lone `?`
      ...(body && { headers: { 'content-type': 'application/json' } }),
      fetch: async (input) => {
        const { url, headers } = input as Request;
        const proof = (await authorize?.({ method, url, body: text })) ?? {};
        for (const [name, value] of Object.entries(proof)) headers.set(name, value);
        const parts = { method, url, headers, body: text === '' ? null : text };
        return exchange(parts, { ...this.#options, path, signal });
      },
    });
  }
}
