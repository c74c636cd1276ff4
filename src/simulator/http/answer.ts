import { STATUS_CODES } from 'node:http';

import type { ApiError } from './api-error.ts';
import type { Switches } from '../switches.ts';

/** The headers of a real answer, but for the ones that only OVH's load balancers know. */
const headers = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-cache, no-store',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers':
    'X-Ovh-Timestamp, X-Ovh-Consumer, X-Ovh-Application, X-Ovh-Signature, X-Ovh-Session, Authorization, Content-Type',
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'X-Xss-Protection': '1; mode=block',
  Server: 'nginx',
};

/** A successful answer; `undefined` is OVH's `void`. */
export function answer(value: unknown, voidAnswer: Switches['voidAnswer'], queryId: string): Response {
  const init = { status: 200, headers: { ...headers, 'X-Ovh-Queryid': queryId } };
  if (value !== undefined || voidAnswer === 'null') return new Response(JSON.stringify(value ?? null), init);
  return new Response(null, { ...init, status: voidAnswer === '204' ? 204 : 200 });
}

export function errorAnswer({ status, body }: ApiError, queryId: string, retryAfter?: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...headers,
      'X-Ovh-Queryid': queryId,
      ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    },
  });
}

/** What a proxy in front of OVH says: not JSON, and no query id. */
export function htmlAnswer(status: number): Response {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
  const sentence =
    status === 408
      ? "Your browser didn't send a complete request in time."
      : 'No server is available to handle this request.';
  return new Response(`<html><body><h1>${title}</h1>\n${sentence}\n</body></html>\n`, {
    status,
    headers: { 'Content-Type': 'text/html', 'Cache-Control': 'no-cache' },
  });
}

/** OVH's gateway answers these in HTML. */
export const isHtmlStatus = (status: number) => [408, 502, 503, 504].includes(status);
