import { rowOf } from '../../contract/unknown.ts';

/** What can go wrong on purpose. */
export const faultKinds = {
  status: 'answers with `status` (default 500); the request is not applied',
  'status-after': 'applies the request, then answers with `status` (default 500)',
  'reset-before': 'breaks the connection; the request is not applied',
  'reset-after': 'applies the request, then breaks the connection',
  'hang-after': 'applies the request and never answers: breaks the connection after `delayMs`, if given',
  html: "a proxy's HTML page with `status` (default 504); the request is not applied",
  malformed: 'applies the request and answers with half of the JSON',
  'wrong-shape': 'applies the request and answers 200 with JSON that means nothing',
  'wrong-type': 'applies the request and calls its JSON `text/html`',
  'error-body': 'answers 200 with the body of an error; the request is not applied',
  'list-incomplete':
    'answers a list with its first `keep` records (default none), as if the others were not there',
  'answer-of-another':
    'applies the request and answers with the id, name and region of another thing, or with the list of another region',
  drip: 'applies the request and lets the answer drip for `delayMs` (default 1000)',
  'rate-limit':
    'answers 429, with `Retry-After` when `retryAfter` (seconds) is given; the request is not applied',
  delay: 'waits `delayMs`, then treats the request as ever',
  duplicate: 'applies the request twice and answers once',
  late: 'breaks the connection and applies the request `delayMs` later',
  'instance-error': 'the new instance ends in ERROR',
  'volume-error': 'the new volume ends in error; attaching, detaching, growing and deleting come to nothing',
} as const;

export type FaultKind = keyof typeof faultKinds;

export interface Fault {
  kind: FaultKind;
  /** Default: any. */
  method?: string;
  /** A glob on the path after `/1.0`: `*` stands for one segment or a part of it, `**` for anything. Default `**`. */
  path?: string;
  status?: number;
  /** With it, a `status` is answered in the gateway's shape, e.g. `INVALID_CREDENTIAL`. */
  errorCode?: string;
  message?: string;
  /** How many requests meet it. Default 1. */
  times?: number;
  /** Instead of `times`: every request for so long after the first that met it. */
  forMs?: number;
  /** How many requests that fit pass before it. Default 0. */
  after?: number;
  delayMs?: number;
  /** How many records of a list are left. */
  keep?: number;
  /** Seconds. */
  retryAfter?: number;
  /** The chance that a request that fits meets it, 0 to 1. Default 1. */
  probability?: number;
  /** Repeats the chances. */
  seed?: number;
}

const checks: Record<keyof Fault, [accepts: (value: unknown) => boolean, wanted: string]> = {
  kind: [
    (value) => typeof value === 'string' && Object.hasOwn(faultKinds, value),
    `one of ${Object.keys(faultKinds).join(', ')}`,
  ],
  method: [(value) => typeof value === 'string', 'a string'],
  path: [(value) => typeof value === 'string', 'a glob'],
  status: [(value) => isWhole(value) && value >= 400 && value <= 599, 'a status from 400 to 599'],
  errorCode: [(value) => typeof value === 'string', 'a string'],
  message: [(value) => typeof value === 'string', 'a string'],
  times: [(value) => isWhole(value) && value > 0, 'a whole number above 0'],
  after: [(value) => isWhole(value) && value >= 0, 'a whole number'],
  forMs: [(value) => typeof value === 'number' && value > 0, 'milliseconds'],
  delayMs: [(value) => typeof value === 'number' && value >= 0, 'milliseconds'],
  keep: [(value) => isWhole(value) && value >= 0, 'a whole number'],
  retryAfter: [(value) => typeof value === 'number' && value >= 0, 'seconds'],
  probability: [(value) => typeof value === 'number' && value >= 0 && value <= 1, 'a number from 0 to 1'],
  seed: [isWhole, 'a whole number'],
};

/** Checks a fault that came from outside; throws a `TypeError` with one sentence. */
export function parseFault(input: object): Fault {
  if (!('kind' in input)) throw new TypeError(`A fault needs a kind: ${checks.kind[1]}.`);
  for (const [name, value] of Object.entries(input)) {
    const check = rowOf(checks, name);
    if (!check) throw new TypeError(`A fault has no "${name}".`);
    if (!check[0](value)) throw new TypeError(`The ${name} of a fault is ${check[1]}.`);
  }
  // Each of its fields has passed its check.
  return input as Fault;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
