import { withDeadline } from './deadline.ts';
import { OvhNetworkError } from './errors/ovh-network-error.ts';
import type { Fetch, Sending } from './fetch.ts';

export interface ExchangeOptions {
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
  const { code, syscall, message } = Object(error) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return [{ code: text(code), syscall: text(syscall), message: text(message) ?? '' }];
}

const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function neverConnected({ code, syscall }: Cause): boolean {
  return NEVER_CONNECTED.has(code ?? '') || syscall === 'connect' || syscall === 'getaddrinfo';
}
