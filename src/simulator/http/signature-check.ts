import { createHash } from 'node:crypto';

import type { Application, Credential } from '../world/credentials.ts';
import type { World } from '../world/world.ts';
import { gatewayError } from './api-error.ts';
import type { Received } from './received.ts';

/** The consumer key that signed the call; throws what OVH's gateway answers to a call that is not properly signed. */
export function checkSignature(received: Received, world: World): Credential {
  const { headers, at } = received;
  const application = world.applications.get(headers.get('X-Ovh-Application') ?? '');
  if (!application) throw gatewayError(403, 'INVALID_KEY', 'This application key is invalid');

  const credential = world.credentials.get(headers.get('X-Ovh-Consumer') ?? '');
  if (credential?.application !== application) {
    throw gatewayError(403, 'NOT_CREDENTIAL', 'This credential does not exist');
  }
  const timestamp = headers.get('X-Ovh-Timestamp') ?? '';
  const { clockSkewMs, skewLimitMs } = world.delays;
  if (!/^\d+$/.test(timestamp) || Math.abs(Number(timestamp) * 1000 - at - clockSkewMs) > skewLimitMs) {
    throw gatewayError(400, 'QUERY_TIME_OUT', 'Query out of time');
  }
  if (!isSigned(received, application, credential, timestamp)) {
    throw gatewayError(400, 'INVALID_SIGNATURE', 'Invalid signature');
  }
  return credential;
}

function isSigned(
  received: Received,
  { secret }: Application,
  { consumerKey }: Credential,
  timestamp: string,
) {
  const { method, url, body, headers } = received;
  return signedUrls(url).some((signedUrl) => {
    const hash = createHash('sha1').update(`${secret}+${consumerKey}+${method}+${signedUrl}+`);
    const signature = hash.update(body).update(`+${timestamp}`).digest('hex');
    return headers.get('X-Ovh-Signature') === `$1$${signature}`;
  });
}

/** OVH listens on 443 only, so its Node client signs `https://host` even when it was told to use another port. */
function signedUrls(url: string): string[] {
  return url.startsWith('https:') ? [url, url.replace(/^(https:\/\/[^/]+?):\d+\//, '$1/')] : [url];
}
