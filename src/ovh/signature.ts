import { createHash } from 'node:crypto';

export interface Signable {
  applicationSecret: string;
  consumerKey: string;
  /** Upper case. */
  method: string;
  /** Exactly what is sent: scheme, host, encoded path and query. */
  url: string;
  /** Exactly the bytes that are sent, empty when there is no body. */
  body: string | Uint8Array;
  /** Unix seconds on OVH's clock; the same number goes into `X-Ovh-Timestamp`. */
  timestamp: number;
}

/**
 * The value of `X-Ovh-Signature`, signature version 1:
 * `$1$` + hex(sha1(`AS+CK+METHOD+URL+BODY+TS`)), as in OVH's official clients.
 */
export function sign({ applicationSecret, consumerKey, method, url, body, timestamp }: Signable): string {
  const hash = createHash('sha1');
  hash.update(`${applicationSecret}+${consumerKey}+${method}+${url}+`);
  hash.update(body);
  hash.update(`+${timestamp}`);
  return `$1$${hash.digest('hex')}`;
}
