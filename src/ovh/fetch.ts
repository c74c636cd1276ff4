import { request } from 'undici';

/** What is sent: a text, signed as it stands. */
export interface Sending {
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
