import type { OvhApiError } from '../errors/ovh-api-error.ts';
import type { Outgoing } from '../wire.ts';

/** Everything that takes time (reading credentials, OVH's clock, a token) lies behind a signer already. */
export interface Signer {
  /** The headers that authorize exactly this attempt. */
  headers(outgoing: Outgoing): Record<string, string>;
  /** True when this refusal may come from a clock that is off, and the next signer will use a fresh one. */
  clockMayBeOff(refusal: OvhApiError): boolean;
}

export type NextSigner = () => Promise<Signer>;
