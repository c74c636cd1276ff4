/** A request as it came in, read to the end, so that it can be applied later, or twice. */
export interface Received {
  method: string;
  /** Exactly what was asked for: scheme, host, encoded path and query. */
  url: string;
  /** After `/1.0` or `/v1`, still encoded, without the query and without a slash at the end. */
  path: string;
  origin: string;
  search: URLSearchParams;
  headers: Headers;
  body: Uint8Array;
  /** Epoch milliseconds. */
  at: number;
}

const nothing = new Uint8Array();

/** A `Request` cannot hold the body of a GET, yet Apache libcloud sends one: it is signed, and says nothing. */
const bodiesOfGets = new WeakMap<Request, Uint8Array>();

export function rememberBody(request: Request, body: Uint8Array): void {
  bodiesOfGets.set(request, body);
}

export async function receive(request: Request, at: number): Promise<Received> {
  const { origin, pathname, searchParams } = new URL(request.url);
  return {
    method: request.method,
    url: request.url,
    path: pathname.replace(/^\/(1\.0|v1)(?=\/)/, '').replace(/\/+$/, ''),
    origin,
    search: searchParams,
    headers: request.headers,
    // Asking a request that came over a socket for a body that it cannot have is what costs most.
    body:
      request.method === 'GET'
        ? (bodiesOfGets.get(request) ?? nothing)
        : new Uint8Array(await request.arrayBuffer()),
    at,
  };
}
