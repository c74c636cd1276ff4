import type { Received } from '../http/received.ts';
import type { World } from '../world/world.ts';
import { readForm } from './read-form.ts';

/**
 * `POST /auth/oauth2/token`: a token for the secret of a service account, which is in the form or in HTTP Basic.
 * Errors have OAuth2's own shape (RFC 6749, 5.2), not OVH's.
 */
export function grantToken(received: Received, world: World): Response {
  const form = readForm(received);
  const { clientId, clientSecret } = basic(received.headers) ?? {
    clientId: form.get('client_id') ?? '',
    clientSecret: form.get('client_secret') ?? '',
  };
  const grantType = form.get('grant_type');
  if (grantType === null) return refused('invalid_request', 'grant_type is missing');
  if (grantType !== 'client_credentials') {
    return refused('unsupported_grant_type', `grant_type ${grantType} is not supported`);
  }
  const holder = world.serviceAccounts.get(clientId);
  if (!holder) return refused('invalid_client', 'ovhcloud oauth2 client does not exists');
  if (holder.clientSecret !== clientSecret) {
    return refused('invalid_client', 'ovhcloud oauth2 client secret is invalid');
  }
  const { value, expiresAt } = world.addToken(holder);
  return json(200, {
    access_token: value,
    token_type: 'Bearer',
    expires_in: Math.floor((expiresAt - received.at) / 1000),
    scope: form.get('scope') ?? 'all',
  });
}

/** Both halves are form-encoded before they become base64 (RFC 6749, 2.3.1). */
function basic(headers: Headers): { clientId: string; clientSecret: string } | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(headers.get('Authorization') ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [clientId = '', clientSecret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return { clientId: decoded(clientId), clientSecret: decoded(clientSecret) };
}

function decoded(text: string): string {
  return new URLSearchParams(`text=${text}`).get('text') ?? '';
}

function refused(error: string, description: string): Response {
  return json(400, { error, error_description: description });
}

function json(status: number, body: object): Response {
  return Response.json(body, { status, headers: { 'Cache-Control': 'no-store' } });
}
