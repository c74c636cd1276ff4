import { OvhError } from './ovh-error.ts';

export interface OvhSchemaErrorFields {
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
