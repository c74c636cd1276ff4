import { plainFetch, sign } from '../../ovh/index.ts';
import { notFoundOut, type Probe } from '../probe.ts';
import type { Site } from '../lab.ts';

/** Beyond this nobody's clock is wrong by accident. Seconds. */
const FARTHEST = 3600;

export const skewWindow: Probe = {
  name: 'skew-window',
  question: 'How far may the time of a signature be off?',
  makes: [],
  async ask({ site }) {
    const credentials = await site.credentials();
    if (!('consumerKey' in credentials)) return notFoundOut('a token is not signed');
    const accepted = async (offset: number) => isAccepted(site, credentials, offset);
    if (!(await accepted(0))) return notFoundOut('OVH takes no signature made by hand');
    let inside = 0;
    let outside = 15;
    while (outside <= FARTHEST && (await accepted(-outside))) [inside, outside] = [outside, outside * 2];
    if (outside > FARTHEST) return { says: `${inside} s and more are accepted` };
    while (outside - inside > 1) {
      const middle = Math.floor((inside + outside) / 2);
      if (await accepted(-middle)) inside = middle;
      else outside = middle;
    }
    return { says: `${inside} s in the past are accepted`, settings: { skewLimitMs: inside * 1000 } };
  },
};

type ConsumerKey = Extract<Awaited<ReturnType<Site['credentials']>>, { consumerKey: string }>;

/** Signed by hand: the client would take the refusal for a hint that its clock is wrong, and mend it. */
async function isAccepted(site: Site, keys: ConsumerKey, offset: number): Promise<boolean> {
  const url = `${site.baseUrl}/auth/currentCredential`;
  const timestamp = (await site.ovh.auth.time()) + offset;
  const { status, text } = await plainFetch(url, {
    method: 'GET',
    headers: new Headers({
      'X-Ovh-Application': keys.applicationKey,
      'X-Ovh-Consumer': keys.consumerKey,
      'X-Ovh-Timestamp': String(timestamp),
      'X-Ovh-Signature': sign({ ...keys, method: 'GET', url, body: '', timestamp }),
    }),
    body: null,
    signal: site.signal,
    redirect: 'manual',
  });
  await text();
  return status === 200;
}
