import type { ApplicationKeyCredentials } from '../configuration/credentials.ts';
import { sign } from '../signature.ts';
import type { ServerClock } from './server-clock.ts';
import type { NextSigner } from './signer.ts';

/** What OVH answers to a timestamp too far from its own, INVALID_KEY only as reports from the field have it. */
const CLOCK_REFUSALS = new Set(['QUERY_TIME_OUT', 'INVALID_SIGNATURE', 'INVALID_KEY']);

/** Signature version 1 over each attempt, at OVH's time. */
export function applicationKey(credentials: ApplicationKeyCredentials, serverClock: ServerClock): NextSigner {
  const { applicationKey, applicationSecret, consumerKey } = credentials;
  return async () => {
    const reading = await serverClock.reading();
    return {
      headers: (outgoing) => {
        const timestamp = reading.seconds();
        return {
          'X-Ovh-Application': applicationKey,
          'X-Ovh-Consumer': consumerKey,
          'X-Ovh-Timestamp': String(timestamp),
          'X-Ovh-Signature': sign({ applicationSecret, consumerKey, timestamp, ...outgoing }),
        };
      },
      clockMayBeOff: ({ errorCode }) => {
        const off = CLOCK_REFUSALS.has(errorCode ?? '');
        if (off) reading.refuse();
        return off;
      },
    };
  };
}
