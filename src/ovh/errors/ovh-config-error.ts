import { OvhError } from './ovh-error.ts';

/** Endpoint or credentials are not configured so that a call could be made; names the variable or file. */
export class OvhConfigError extends OvhError {
  override readonly name = 'OvhConfigError';
}
