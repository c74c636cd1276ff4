import { serviceError, type ApiError } from '../http/api-error.ts';
import type { Switches } from '../switches.ts';

interface Exceeded {
  resource: string;
  requested: number;
  used: number;
  limit: number;
}

/**
 * What OVH says beyond a quota. Nobody has published it for instances and volumes: the 409 is modelled on the one
 * for routers, the 403 and the 413 on what Nova and Cinder say underneath.
 */
export function quotaRefusal(
  position: Exclude<Switches['quotaAnswer'], 'accept-then-error'>,
  noun: 'Instance' | 'Volume',
  { resource, requested, used, limit }: Exceeded,
): ApiError {
  const sentence = `Quota exceeded for ${resource}: Requested ${requested}, but already used ${used} of ${limit} ${resource}`;
  switch (position) {
    case '409':
      return serviceError(
        409,
        `Client::MaxQuotaReached::${noun}`,
        `conflict: max quota of ${limit} reached for: ${resource}`,
      );
    case '403':
      return serviceError(403, 'Client::Forbidden', sentence);
    case '413':
      return serviceError(413, 'Client::RequestEntityTooLarge', sentence);
  }
}
