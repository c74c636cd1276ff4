/** The base of every error that this client throws on its own account. None of them holds a secret. */
export class OvhError extends Error {
  override readonly name: string = 'OvhError';
}

interface OvhApiErrorFields {
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

const CODES = new Set([
  'INVALID_CREDENTIAL',
  'NOT_CREDENTIAL',
  'INVALID_KEY',
  'INVALID_SIGNATURE',
  'QUERY_TIME_OUT',
  // from the OAuth2 token endpoint (RFC 6749 §5.2)
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
]);

/**
 * True when OVH refused who asks, not what was asked: renewing the credentials cures it, and nothing was
 * applied. Missing rights for one call (`NOT_GRANTED_CALL`, `Client::Forbidden`) are not meant.
 */
export function isCredentialRefusal(error: unknown): error is OvhApiError {
  return error instanceof OvhApiError && (error.status === 401 || CODES.has(error.errorCode ?? ''));
}

/** Endpoint or credentials are not configured so that a call could be made; names the variable or file. */
export class OvhConfigError extends OvhError {
  override readonly name = 'OvhConfigError';
}

interface OvhNetworkErrorFields {
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
  /** The message, without whether anything was sent. */
  readonly what: string;
  /** The system's or undici's code, e.g. `ECONNRESET`. */
  readonly code: string | undefined;
  readonly timeout: boolean;
  /** False only where OVH cannot have seen the request: no connection came about, or it could not be signed. */
  readonly sent: boolean;

  constructor({ method, path, reason, code, timeout, sent }: OvhNetworkErrorFields) {
    const what = `${method} ${path}: ${reason}`;
    super(sent ? what : `${what}; nothing was sent`);
    this.method = method;
    this.path = path;
    this.what = what;
    this.code = code;
    this.timeout = timeout;
    this.sent = sent;
  }
}

interface OvhSchemaErrorFields {
  method: string;
  path: string;
  status: number;
  queryId?: string | undefined;
  problems: string[];
}

/** A 2xx answer whose body is not what the API promises, truncated JSON included. What it answers may well have been applied. */
export class OvhSchemaError extends OvhError {
  override readonly name = 'OvhSchemaError';
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly queryId: string | undefined;
  /** One per fault, `flavor.id: expected string …`; never the values themselves. */
  readonly problems: string[];

  constructor({ method, path, status, queryId, problems }: OvhSchemaErrorFields) {
    const query = queryId ? `, query ${queryId}` : '';
    super(
      `${method} ${path}: the answer is not what the API promises: ${problems.join('; ')} (${status}${query})`,
    );
    this.method = method;
    this.path = path;
    this.status = status;
    this.queryId = queryId;
    this.problems = problems;
  }
}
