import { STATUS_CODES } from 'node:http';

/** A refusal, in one of OVH's two shapes. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: { message: string; [field: string]: unknown }) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** From OVH's gateway, before any service saw the request: `httpCode` is a string. */
export function gatewayError(status: number, errorCode: string, message: string): ApiError {
  return new ApiError(status, { message, httpCode: `${status} ${STATUS_CODES[status] ?? ''}`, errorCode });
}

/** From the service behind the gateway: `class` is a `::` path that begins with `Client` or `Server`. */
export function serviceError(
  status: number,
  errorClass: string,
  message: string,
  details?: Record<string, string>,
): ApiError {
  return new ApiError(status, { class: errorClass, message, ...(details && { details }) });
}

export const badRequest = (message: string) => serviceError(400, 'Client::BadRequest', message);
export const conflict = (message: string) => serviceError(409, 'Client::Conflict', message);

export function notFound(name: string, value: string): ApiError {
  return serviceError(404, 'Client::NotFound', `The requested object (${name} = ${value}) does not exist`);
}

/** What OVH has and the simulator lacks: an operation of the contract, or a part of one. */
export const notImplemented = (what: string) =>
  serviceError(501, 'Server::NotImplemented', `Not implemented here: ${what}`);

/** A project that does not exist, or belongs to somebody else. */
export const noSuchService = () => serviceError(404, 'Client::NotFound', 'This service does not exist');

/** A refusal whose status a switch decides. */
export function refusal(status: '400' | '404' | '409', message: string): ApiError {
  const classes = { 400: 'Client::BadRequest', 404: 'Client::NotFound', 409: 'Client::Conflict' };
  return serviceError(Number(status), classes[status], message);
}

/** What a fault that asks for a status gets: the body OVH has for it, as far as one is known. */
export function errorForStatus(status: number, message?: string): ApiError {
  const known: Record<number, [errorClass: string, message: string]> = {
    400: ['Client::BadRequest', 'Bad request'],
    403: ['Client::Forbidden', 'User not granted for this request'],
    404: ['Client::NotFound', 'This service does not exist'],
    409: ['Client::Conflict', 'Conflict'],
    429: ['Client::TooManyRequests', 'Too many requests'],
    500: ['Server::InternalServerError', 'Internal server error'],
  };
  const side = status < 500 ? 'Client' : 'Server';
  const [errorClass, usual] = known[status] ?? [`${side}::Error`, STATUS_CODES[status] ?? 'Error'];
  return serviceError(status, errorClass, message ?? usual);
}
