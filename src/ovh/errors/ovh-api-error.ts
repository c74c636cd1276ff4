import { OvhError } from './ovh-error.ts';

export interface OvhApiErrorFields {
  status: number;
  method: string;
  path: string;
  fromOvh: boolean;
  reason: string;
  ovhClass?: string | undefined;
  errorCode?: string | undefined;
  details?: Record<string, unknown> | undefined;
  queryId?: string | undefined;
  retryAfterMs?: number | undefined;
}

/** An answer other than 2xx. */
export class OvhApiError extends OvhError {
  override readonly name = 'OvhApiError';
  readonly status: number;
  readonly method: string;
  /** The path after the endpoint, e.g. `/cloud/project/…/instance`. */
  readonly path: string;
  /** The body was OVH's JSON. False for the HTML of a proxy: such an answer proves nothing. */
  readonly fromOvh: boolean;
  /** OVH's own words, or what stood in their place. */
  readonly reason: string;
  /** `Client::NotFound` …; open-ended: match on the prefix. */
  readonly ovhClass: string | undefined;
  /** `INVALID_SIGNATURE` …, from OVH's gateway; or the `error` of the OAuth2 token endpoint. */
  readonly errorCode: string | undefined;
  readonly details: Record<string, unknown> | undefined;
  /** What OVH's support asks for. */
  readonly queryId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(fields: OvhApiErrorFields) {
    super(describe(fields));
    this.status = fields.status;
    this.method = fields.method;
    this.path = fields.path;
    this.fromOvh = fields.fromOvh;
    this.reason = fields.reason;
    this.ovhClass = fields.ovhClass;
    this.errorCode = fields.errorCode;
    this.details = fields.details;
    this.queryId = fields.queryId;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

function describe({
  method,
  path,
  reason,
  status,
  ovhClass,
  errorCode,
  details,
  queryId,
}: OvhApiErrorFields) {
  const facts = [status, ovhClass, errorCode, queryId && `query ${queryId}`].filter(Boolean).join(', ');
  const missing = details?.['unauthorizedActionsByIAM'];
  const rights = typeof missing === 'string' && missing !== '' ? `; missing IAM actions: ${missing}` : '';
  // The commonest reason, which OVH does not give: a key of another continent.
  const elsewhere =
    errorCode === 'INVALID_KEY' ? '; application keys belong to one endpoint, so check OVH_ENDPOINT' : '';
  return `${method} ${path}: ${reason}${rights}${elsewhere} (${facts})`;
}
