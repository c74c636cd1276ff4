import { gatewayError } from '../http/api-error.ts';
import type { Received } from '../http/received.ts';
import type { Credential } from '../world/credentials.ts';
import type { World } from '../world/world.ts';
import { durations, messagePage, validationPage, type Fragment } from './pages.ts';
import { readForm } from './read-form.ts';

/** `GET /auth/?credentialToken=…`, the `validationUrl`: shows a person what an application asks for. */
export async function showCredential(received: Received, world: World): Promise<Response> {
  const credential = findCredential(received, world);
  if (!credential) return unknownRequest();
  return credential.status === 'pendingValidation'
    ? page(200, validationPage(credential))
    : decided(credential);
}

/** What the form of that page sends. Whoever logs in opens their own account to the application. */
export async function decideCredential(received: Received, world: World): Promise<Response> {
  const credential = findCredential(received, world);
  if (!credential) return unknownRequest();
  if (credential.status !== 'pendingValidation') return decided(credential);
  const form = readForm(received);
  const account = form.get('account') ?? '';
  // Nobody has a password here; what is asked for is that one is given.
  if (!world.accounts.has(account) || form.get('password') === '') {
    return page(403, validationPage(credential, 'Invalid account / password.'));
  }
  const seconds = durations.find(({ value }) => value === form.get('duration'))?.seconds ?? null;
  Object.assign(credential, {
    account,
    status: form.get('decision') === 'accept' ? 'validated' : 'refused',
    expiresAt: seconds === null ? null : received.at + seconds * 1000,
  });
  return credential.redirection === null
    ? decided(credential)
    : new Response(null, { status: 303, headers: { Location: credential.redirection } });
}

/** Checks where an application wants the browser to go afterwards. */
export function checkRedirection(redirection: string | null | undefined): string | null {
  if (redirection == null || redirection === '') return null;
  if (URL.canParse(redirection) && /^https?:$/.test(new URL(redirection).protocol)) return redirection;
  throw gatewayError(400, 'INVALID_REDIRECTION', 'The redirection is not a URL');
}

function findCredential({ search }: Received, world: World): Credential | undefined {
  const token = search.get('credentialToken');
  return [...world.credentials.values()].find(({ validationToken }) => validationToken === token);
}

async function decided({ status }: Credential): Promise<Response> {
  const sentence = status === 'validated' ? 'The application may now use its key.' : 'The key will not work.';
  return page(200, messagePage(status === 'validated' ? 'Done' : 'Refused', sentence));
}

async function unknownRequest(): Promise<Response> {
  return page(404, messagePage('Not found', 'Nobody asks for anything here: the link is wrong, or too old.'));
}

async function page(status: number, content: Fragment): Promise<Response> {
  return new Response(await content, {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'Referrer-Policy': 'no-referrer',
    },
  });
}
