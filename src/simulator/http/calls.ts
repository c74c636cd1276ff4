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
  /** How many there were before the first that is kept. */
  #forgotten = 0;

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
    if (this.#calls.length > kept * 1.1)
      this.#forgotten += this.#calls.splice(0, this.#calls.length - kept).length;
    return call;
  }

  all(): SimulatorCall[] {
    return structuredClone(this.#calls);
  }

  /** The newest that touch a project or none at all, newest first, each with its number. */
  last(count: number, projectId: string): [number: number, call: SimulatorCall][] {
    const found: [number, SimulatorCall][] = [];
    for (let index = this.#calls.length - 1; index >= 0 && found.length < count; index -= 1) {
      const call = this.#calls[index];
      if (!call || (call.projectId ?? projectId) !== projectId) continue;
      found.push([this.#forgotten + index, call]);
    }
    return found;
  }

  clear(): void {
    this.#forgotten += this.#calls.length;
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
