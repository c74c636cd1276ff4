import { nearest } from '../input/nearest.ts';
import { OvhConfigError } from './errors.ts';

/** Names as in the official clients. Only the OVHcloud ones issue OAuth2 tokens. */
const ENDPOINTS: Record<string, Endpoint> = {
  'ovh-eu': { baseUrl: 'https://eu.api.ovh.com/1.0', tokenUrl: 'https://www.ovh.com/auth/oauth2/token' },
  'ovh-ca': { baseUrl: 'https://ca.api.ovh.com/1.0', tokenUrl: 'https://ca.ovh.com/auth/oauth2/token' },
  'ovh-us': {
    baseUrl: 'https://api.us.ovhcloud.com/1.0',
    tokenUrl: 'https://us.ovhcloud.com/auth/oauth2/token',
  },
  'kimsufi-eu': { baseUrl: 'https://eu.api.kimsufi.com/1.0' },
  'kimsufi-ca': { baseUrl: 'https://ca.api.kimsufi.com/1.0' },
  'soyoustart-eu': { baseUrl: 'https://eu.api.soyoustart.com/1.0' },
  'soyoustart-ca': { baseUrl: 'https://ca.api.soyoustart.com/1.0' },
};

export interface Endpoint {
  /** With the version, without a trailing slash. */
  baseUrl: string;
  /** Where OAuth2 client credentials become tokens; absent where OVH offers none. */
  tokenUrl?: string;
}

/** The endpoint is one of OVH's own, by its name or by its address: what goes there stays at OVH. */
export function isOvhsOwn(endpoint: string): boolean {
  return ofOvh(endpoint) !== undefined;
}

/** Of a URL, as `URL` writes it: nothing that is sent there leaves this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function ofOvh(endpoint: string): Endpoint | undefined {
  const baseUrl = endpoint.replace(/\/+$/, '');
  return Object.hasOwn(ENDPOINTS, endpoint)
    ? ENDPOINTS[endpoint]
    : Object.values(ENDPOINTS).find((known) => known.baseUrl === baseUrl);
}

/**
 * The addresses behind an endpoint's name or full URL (the official clients take both).
 *
 * @throws OvhConfigError for an unknown name, or a URL that cannot be signed as it stands.
 */
export function resolveEndpoint(endpoint: string): Endpoint {
  const known = ofOvh(endpoint);
  if (known) return known;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    const names = Object.keys(ENDPOINTS);
    const [likely = ''] = nearest(endpoint, names, 1);
    throw new OvhConfigError(
      `OVH_ENDPOINT "${endpoint}" is neither a URL nor one of ${names.join(', ')}; did you mean ${likely}?`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new OvhConfigError(
      `OVH_ENDPOINT at ${url.host} must be a plain URL: no user, password, query or fragment`,
    );
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new OvhConfigError(
      `OVH_ENDPOINT at ${url.host} must begin with https://, or everybody on the way reads the secrets; http:// is for 127.0.0.1 and localhost`,
    );
  }
  return { baseUrl: url.href.replace(/\/+$/, ''), tokenUrl: `${url.origin}/auth/oauth2/token` };
}
