import { OvhApiError } from './ovh-api-error.ts';

const CODES = new Set([
  'INVALID_CREDENTIAL',
  'NOT_CREDENTIAL',
  'INVALID_KEY',
  'INVALID_SIGNATURE',
  'QUERY_TIME_OUT',
  // from the OAuth2 token endpoint (RFC 6749 §5.2)
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
]);

/**
 * True when OVH refused who asks, not what was asked: renewing the credentials cures it, and nothing was
 * applied. Missing rights for one call (`NOT_GRANTED_CALL`, `Client::Forbidden`) are not meant.
 */
export function isCredentialRefusal(error: unknown): error is OvhApiError {
  return error instanceof OvhApiError && (error.status === 401 || CODES.has(error.errorCode ?? ''));
}
