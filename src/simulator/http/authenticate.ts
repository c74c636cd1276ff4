import type { Caller } from '../world/callers.ts';
import { isAllowedFrom, isGranted, statusAt } from '../world/credentials.ts';
import type { World } from '../world/world.ts';
import { gatewayError } from './api-error.ts';
import type { Received } from './received.ts';
import { checkSignature } from './signature-check.ts';

/**
 * Whose call it is; throws what OVH's gateway answers to a call that is not properly signed or not granted. Where a
 * token comes along with a signature the token counts: it says by itself what it is, as it would for any OAuth2 API.
 */
export function authenticate(received: Received, world: World): Caller {
  const [, token] = /^Bearer +(\S+)$/i.exec(received.headers.get('Authorization') ?? '') ?? [];
  return token === undefined ? bySignature(received, world) : byToken(token, received, world);
}

function bySignature(received: Received, world: World): Caller {
  const credential = checkSignature(received, world);
  if (statusAt(credential, received.at) !== 'validated') throw notValid();
  if (!isAllowedFrom(credential, world.clientIp)) {
    throw gatewayError(403, 'FORBIDDEN', 'This credential may not be used from this IP address');
  }
  const { account, policy, rules } = credential;
  if (!isGranted(rules, received.method, received.path)) {
    throw gatewayError(403, 'NOT_GRANTED_CALL', 'This call has not been granted');
  }
  credential.lastUseAt = received.at;
  return { account, policy, credential };
}

/** Nobody has published what OVH says to a token that is at its end: here it says what it says to a consumer key. */
function byToken(value: string, { at }: Received, world: World): Caller {
  const token = world.tokens.get(value);
  if (!token) throw gatewayError(403, 'NOT_CREDENTIAL', 'This credential does not exist');
  if (token.expiresAt <= at) throw notValid();
  const { account, policy } = token.holder;
  return { account, policy, token };
}

const notValid = () => gatewayError(403, 'INVALID_CREDENTIAL', 'This credential is not valid');
