import ky, { type KyInstance } from 'ky';
import { request } from 'undici';
import { fieldsOf } from '../contract/unknown.ts';
import { OvhNetworkError } from './errors.ts';

/**
 * Runs `work` with a signal that is aborted after `ms` or by `outer`, and rejects with that signal's reason
 * even when `work` does not heed it: a `fetch` that is a function of this process knows nothing of sockets.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const forward = () => {
    controller.abort(outer?.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  }, ms);
  outer?.addEventListener('abort', forward, { once: true });
  try {
    return await untilAborted(signal, () => work(signal));
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward); // it may live much longer
  }
}

/** The result of `work`, unless `signal` is aborted first; then rejects with its reason at once. */
export async function untilAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work();
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => {
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What is sent: a text, signed as it stands. */
interface Sending {
  method: string;
  headers: Headers;
  body: string | null;
  signal: AbortSignal;
  redirect: 'manual';
}

/** As much of `fetch` as is needed: anybody's will do. */
export type Fetch = (url: string, sending: Sending) => Promise<Pick<Response, 'status' | 'headers' | 'text'>>;

/**
 * `fetch` by the library that Node's own is made of, without its streams, and without its copies of the request. It
 * follows no redirect: the headers are signed for one address, and hold secrets.
 */
export const plainFetch: Fetch = async (url, { method, headers, body, signal }) => {
  const answer = await request(url, { method, headers, body, signal });
  const fields = Object.entries(answer.headers).flatMap(([name, value = []]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  return { status: answer.statusCode, headers: new Headers(fields), text: async () => answer.body.text() };
};

interface ExchangeOptions {
  fetch: Fetch;
  /** For the whole answer, body included. */
  timeoutMs: number;
  /** What errors call the resource. */
  path: string;
  signal?: AbortSignal | undefined;
}

/** A request in parts: `fetch` makes one of it, with the deadline that it has. */
export interface Parts extends Pick<Sending, 'method' | 'headers' | 'body'> {
  url: string;
}

/**
 * Sends the request once and reads the whole answer; the returned `Response` has its body in memory.
 *
 * @throws OvhNetworkError when there is no complete answer; the signal's reason when that was aborted.
 */
export async function exchange({ url, ...parts }: Parts, options: ExchangeOptions): Promise<Response> {
  const { fetch, timeoutMs, path, signal } = options;
  try {
    return await withDeadline(timeoutMs, signal, async (deadline) => {
      // A redirect is not followed: the signature covers the address, and a POST would turn into a GET.
      const answer = await fetch(url, { ...parts, signal: deadline, redirect: 'manual' });
      const text = await answer.text();
      const { status, headers } = answer;
      return new Response(text === '' ? null : text, { status, headers });
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw networkError(parts.method, path, error);
  }
}

/** Reads the code out of what `fetch` threw, and drops the rest: it may hold the request with its headers. */
function networkError(method: string, path: string, error: unknown): OvhNetworkError {
  const causes = rootCauses(error);
  const code = causes.map((cause) => cause.code).find((code) => code !== undefined);
  const timeout =
    (error instanceof DOMException && error.name === 'TimeoutError') || /TIMED?OUT/.test(code ?? '');
  const reason =
    causes.map((cause) => cause.message).find((message) => message !== '') ?? 'the connection failed';
  return new OvhNetworkError({ method, path, reason, code, timeout, sent: !causes.every(neverConnected) });
}

interface Cause {
  code: string | undefined;
  syscall: string | undefined;
  message: string;
}

/** `fetch` wraps the reason in a `TypeError`, and the attempts on several addresses in an `AggregateError`. */
function rootCauses(error: unknown): Cause[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(rootCauses);
  if (error instanceof Error && error.cause !== undefined) return rootCauses(error.cause);
  const { code, syscall, message } = fieldsOf(error);
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return [{ code: text(code), syscall: text(syscall), message: text(message) ?? '' }];
}

const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function neverConnected({ code, syscall }: Cause): boolean {
  return NEVER_CONNECTED.has(code ?? '') || syscall === 'connect' || syscall === 'getaddrinfo';
}

interface WireOptions {
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
        const { url, headers } = input as Request; // ky makes one of whatever it is given
        const proof = (await authorize?.({ method, url, body: text })) ?? {};
        for (const [name, value] of Object.entries(proof)) headers.set(name, value);
        const parts = { method, url, headers, body: text === '' ? null : text };
        return exchange(parts, { ...this.#options, path, signal });
      },
    });
  }
}
