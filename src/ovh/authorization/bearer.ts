import type { NextSigner } from './signer.ts';

/** `Authorization: Bearer …` and nothing else: no signature, no clock. */
export function bearer(token: () => Promise<string>): NextSigner {
  return async () => {
    const headers = { Authorization: `Bearer ${await token()}` };
    return { headers: () => headers, clockMayBeOff: () => false };
  };
}
