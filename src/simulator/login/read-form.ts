import type { Received } from '../http/received.ts';

/** The fields of a form, as browsers and OAuth2 clients send them. */
export function readForm({ body }: Received): URLSearchParams {
  return new URLSearchParams(new TextDecoder().decode(body));
}
