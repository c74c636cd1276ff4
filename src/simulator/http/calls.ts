import { isObject } from './parameters.ts';

/** One request that came in. */
export interface SimulatorCall {
  method: string;
  /** After `/1.0`, without the query. */
  path: string;
  query?: string;
  /** What was answered; 0 when nothing was, or not yet. */
  status: number;
  /** When it came in, epoch milliseconds. */
  time: number;
  /** The kind of the fault that it met. */
  fault?: string;
  projectId?: string;
  /** The JSON body; what may be secret is only counted. */
  body?: unknown;
}

interface CallBeginning {
  method: string;
  path: string;
  query: string;
  time: number;
  body: Uint8Array;
}

/** The older ones are forgotten. */
const kept = 200_000;

/** The log of requests. */
export class CallLog {
  readonly #calls: SimulatorCall[] = [];

  /** Writes the call down; its status and fault are filled in as they become known. */
  begin({ method, path, query, time, body }: CallBeginning): SimulatorCall {
    const projectId = /^\/cloud\/project\/([^/]+)/.exec(path)?.[1];
    const call: SimulatorCall = {
      method,
      path,
      ...(query !== '' && { query }),
      status: 0,
      time,
      ...(projectId !== undefined && { projectId }),
      ...(body.length > 0 && { body: readableBody(body) }),
    };
    this.#calls.push(call);
    if (this.#calls.length > kept * 1.1) this.#calls.splice(0, this.#calls.length - kept);
    return call;
  }

  all(): SimulatorCall[] {
    return structuredClone(this.#calls);
  }

  clear(): void {
    this.#calls.length = 0;
  }
}

function readableBody(bytes: Uint8Array): unknown {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return `(${bytes.length} bytes that are not JSON)`;
  }
  if (!isObject(body) || typeof body['userData'] !== 'string') return body;
  return { ...body, userData: `(${body['userData'].length} characters)` };
}
