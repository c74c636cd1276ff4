import ky, { type KyInstance } from 'ky';
import { exchange } from './exchange.ts';

export interface WireOptions {
  baseUrl: string;
  fetch: typeof fetch;
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
  body: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array(0);

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
    return this.#ky(path.slice(1), {
      method,
      ...(body && { json: body }),
      ...(searchParams.length > 0 && { searchParams }), // ky turns an empty list into a lone `?`
      fetch: async (input) => {
        const request = input instanceof Request ? input : new Request(input);
        // Most calls have no body, and reading a stream takes longer than signing.
        const bytes = request.body ? new Uint8Array(await request.arrayBuffer()) : NOTHING;
        const outgoing = { method, url: request.url, body: bytes };
        const { headers } = request;
        const proof = (await authorize?.(outgoing)) ?? {};
        for (const [name, value] of Object.entries(proof)) headers.set(name, value);
        const sent = { method, url: outgoing.url, headers, body: bytes.byteLength > 0 ? bytes : null };
        return exchange(sent, { ...this.#options, path, signal });
      },
    });
  }
}
