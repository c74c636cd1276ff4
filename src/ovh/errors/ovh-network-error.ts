import { OvhError } from './ovh-error.ts';

export interface OvhNetworkErrorFields {
  method: string;
  path: string;
  reason: string;
  code?: string | undefined;
  timeout: boolean;
  sent: boolean;
}

/** No complete answer: refused, reset, cut off in the middle, or too late. */
export class OvhNetworkError extends OvhError {
  override readonly name = 'OvhNetworkError';
  readonly method: string;
  readonly path: string;
  /** The system's or undici's code, e.g. `ECONNRESET`. */
  readonly code: string | undefined;
  readonly timeout: boolean;
  /** False only where OVH cannot have seen the request: no connection came about, or it could not be signed. */
  readonly sent: boolean;

  constructor({ method, path, reason, code, timeout, sent }: OvhNetworkErrorFields) {
    super(`${method} ${path}: ${reason}${sent ? '' : '; nothing was sent'}`);
    this.method = method;
    this.path = path;
    this.code = code;
    this.timeout = timeout;
    this.sent = sent;
  }
}
