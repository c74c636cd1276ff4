import { OvhApiError, OvhNetworkError } from '../../ovh/index.ts';
import { notFoundOut, type FoundSettings, type Probe } from '../probe.ts';

/** OVH calls 60 a minute fine; a burst of that size ought to hurt nobody. */
const CALLS = 120;
const AT_ONCE = 12;

export const rateLimit: Probe = {
  name: 'rate-limit',
  question: `What does asking ${CALLS} times as fast as possible meet?`,
  makes: [],
  async ask({ site }) {
    const began = performance.now();
    let made = 0;
    let refusal: OvhApiError | OvhNetworkError | undefined;
    const hurry = async () => {
      while (made < CALLS && !refusal) {
        made += 1;
        try {
          await site.hurried.projects.get(site.projectId);
        } catch (error) {
          if (!(error instanceof OvhApiError || error instanceof OvhNetworkError)) throw error;
          refusal ??= error;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, hurry));
    const seconds = (performance.now() - began) / 1000;
    const pace = `${made} calls in ${seconds.toFixed(1)} s`;
    if (!refusal) return { says: `nothing: ${pace}`, settings: { rateLimit: 0 } };
    const position = positionOf(refusal);
    if (!position) return notFoundOut(`after ${pace}: ${refusal.message}`);
    const perSecond = Math.max(1, Math.round(made / Math.max(1, seconds)));
    return { says: `${nameOf(refusal)}, after ${pace}`, settings: { rateLimit: perSecond, ...position } };
  },
};

function positionOf(refusal: OvhApiError | OvhNetworkError): FoundSettings | undefined {
  if (refusal instanceof OvhNetworkError) return { switches: { rateLimitAnswer: 'reset' } };
  switch (refusal.status) {
    case 429: {
      const rateLimitRetryAfter = refusal.retryAfterMs === undefined ? 'off' : 'on';
      return { switches: { rateLimitAnswer: '429', rateLimitRetryAfter } };
    }
    case 408:
      return { switches: { rateLimitAnswer: '408' } };
    case 504:
      return { switches: { rateLimitAnswer: '504' } };
    default:
      return undefined;
  }
}

function nameOf(refusal: OvhApiError | OvhNetworkError): string {
  if (refusal instanceof OvhNetworkError) return 'a cut connection';
  const when = refusal.retryAfterMs === undefined ? 'without' : 'with';
  return `${refusal.status} ${when} Retry-After`;
}
