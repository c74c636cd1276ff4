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
  /** When to come back, a minute at most whatever OVH says. */
  readonly retryAfterMs: number | undefined;
  /** The same for every refusal of one kind, without the call and the query id. */
  readonly answer: string;

  constructor(fields: OvhApiErrorFields) {
    const { status, method, path, ovhClass, errorCode, queryId } = fields;
    const query = queryId && `query ${queryId}`;
    super(`${method} ${path}: ${describe(fields, [status, ovhClass, errorCode, query])}`);
    this.answer = `${status}: ${describe(fields, [ovhClass, errorCode])}`;
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

function describe({ reason, errorCode, details }: OvhApiErrorFields, facts: (string | number | undefined)[]) {
  const known = facts.filter(Boolean).join(', ');
  const missing = details?.['unauthorizedActionsByIAM'];
  const rights = typeof missing === 'string' && missing !== '' ? `; missing IAM actions: ${missing}` : '';
  // The commonest reason, which OVH does not give: a key of another continent.
  const elsewhere =
    errorCode === 'INVALID_KEY' ? '; application keys belong to one endpoint, so check OVH_ENDPOINT' : '';
  return `${reason}${rights}${elsewhere}${known === '' ? '' : ` (${known})`}`;
}
