import { createHash } from 'node:crypto';
import type { ApplicationKeyCredentials } from '../../../src/ovh/index.ts';

export const credentials: ApplicationKeyCredentials = {
  applicationKey: 'AK-7kbG7Bk7S9Nt7ZSV',
  applicationSecret: 'AS-EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF',
  consumerKey: 'CK-MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1',
};

export const ENDPOINT = 'https://ovh.test/1.0';

export interface SentRequest {
  method: string;
  /** After the endpoint, with the query. */
  path: string;
  url: string;
  body: string;
  headers: Headers;
}

/** An API of one answer, as a `fetch`: tells the time, and keeps what it was sent. */
export class OvhServer {
  readonly calls: SentRequest[] = [];
  timeAsked = 0;
  /** Unix seconds. */
  time = () => Math.floor(Date.now() / 1_000);
  readonly #answer: (seen: SentRequest, count: number) => Response | Promise<Response>;

  constructor(answer: (seen: SentRequest, count: number) => Response | Promise<Response> = () => json(null)) {
    this.#answer = answer;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.url === `${ENDPOINT}/auth/time`) {
      this.timeAsked += 1;
      return json(this.time());
    }
    const { method, url, headers } = request;
    const seen = { method, url, path: url.slice(ENDPOINT.length), headers, body: await request.text() };
    this.calls.push(seen);
    return this.#answer(seen, this.calls.length);
  };
}

export function json(value: unknown, init?: ResponseInit): Response {
  return Response.json(value, init);
}

export function refusal(status: number, errorCode: string): Response {
  return json({ message: errorCode, httpCode: `${status} No`, errorCode }, { status });
}

/** Written out once more, so that the client's own signature is not what proves it. */
export function isSigned({ method, url, body, headers }: Omit<SentRequest, 'path'>): boolean {
  const { applicationKey, applicationSecret, consumerKey } = credentials;
  const parts = [applicationSecret, consumerKey, method, url, body, headers.get('x-ovh-timestamp')];
  const expected = `$1$${createHash('sha1').update(parts.join('+')).digest('hex')}`;
  return (
    headers.get('x-ovh-application') === applicationKey &&
    headers.get('x-ovh-consumer') === consumerKey &&
    headers.get('x-ovh-signature') === expected
  );
}
