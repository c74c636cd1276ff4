import { operationFor } from '../simulator/conformance.ts';
import { canBefall } from '../../src/simulator/faults/can-befall.ts';
import type { Fault, SimulatorCall } from '../../src/simulator/index.ts';

/** How one call can go wrong, and what a workflow may make of it. */
export interface Trouble {
  fault: Omit<Fault, 'method' | 'path' | 'times' | 'forMs'>;
  /** Nothing but luck: the workflow must do what it was asked for. Otherwise it may fail, and then leaves nothing. */
  passes: boolean;
  /** The only call that it can befall. Default: any. */
  of?: string;
}

export const troubles: Record<string, Trouble> = {
  'refused by 400': { fault: { kind: 'status', status: 400 }, passes: false },
  '500, not applied': { fault: { kind: 'status', status: 500 }, passes: true },
  '500, applied': { fault: { kind: 'status-after', status: 500 }, passes: true },
  '504, applied': { fault: { kind: 'status-after', status: 504 }, passes: true },
  'reset, not applied': { fault: { kind: 'reset-before' }, passes: true },
  'reset, applied': { fault: { kind: 'reset-after' }, passes: true },
  'silence, applied': { fault: { kind: 'hang-after', delayMs: 800 }, passes: true },
  "a proxy's page": { fault: { kind: 'html', status: 503 }, passes: true },
  'half of the JSON': { fault: { kind: 'malformed' }, passes: true },
  'JSON of no meaning': { fault: { kind: 'wrong-shape' }, passes: true },
  'JSON called HTML': { fault: { kind: 'wrong-type' }, passes: true },
  'an error with 200': { fault: { kind: 'error-body' }, passes: true },
  'an empty list': { fault: { kind: 'list-incomplete' }, passes: true },
  "another's answer": { fault: { kind: 'answer-of-another' }, passes: true },
  'a dripping answer': { fault: { kind: 'drip', delayMs: 700 }, passes: true },
  '429': { fault: { kind: 'rate-limit', retryAfter: 1 }, passes: true },
  'a slow answer': { fault: { kind: 'delay', delayMs: 700 }, passes: true },
  'applied twice': { fault: { kind: 'duplicate' }, passes: true },
  'applied late': { fault: { kind: 'late', delayMs: 600 }, passes: true },
  'the instance ends in ERROR': {
    fault: { kind: 'instance-error' },
    passes: false,
    of: 'POST /instance',
  },
  'the volume ends in error': { fault: { kind: 'volume-error' }, passes: false, of: 'POST /volume' },
};

/** How often: once, three times, or all the time for a while (in place of minutes, as boots take less than a second). */
export const extents = { once: { times: 1 }, 'three times': { times: 3 }, 'an outage': { forMs: 5000 } };

/** One of the calls that a workflow makes, by the contract's template. */
export interface Row {
  method: string;
  /** A glob after the project's path. */
  path: string;
}

/** What is waited for is looked at again and again: how often is a matter of time. Twice stands for all. */
const OFTEN = 2;
/** Asked for once, and once more after each look that has failed. */
const REGION = 'GET /region/*';
const isPolled = (call: string) => /^GET \/(instance|volume)\b/.test(call);

/** Every call to a project that is among these, `GET /instance/*`, and whether it is made once or more often. */
export function callsOf(calls: SimulatorCall[]): Record<string, number> {
  const times = new Map<string, number>();
  for (const { method, path } of calls) {
    const template = operationFor(method, path)?.path ?? path;
    const glob = template.replace(/^\/cloud\/project\/\{serviceName\}/, '').replaceAll(/\{\w+\}/g, '*');
    const call = `${method} ${glob}`;
    const most = call === REGION ? 1 : OFTEN;
    times.set(call, isPolled(call) ? OFTEN : Math.min(most, (times.get(call) ?? 0) + 1));
  }
  return Object.fromEntries([...times].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The calls of a destroy that goes well. A look whose connection has broken, as idle ones do, asks whether the region is
 * down: that is no call of a destroy's own.
 */
export function callsOfDestroy(calls: SimulatorCall[]): Record<string, number> {
  const { [REGION]: _afterTrouble, ...own } = callsOf(calls);
  return own;
}

/** Whether there is such a trouble with such a call at all. */
export function befalls({ fault, of }: Trouble, call: string): boolean {
  const { method, path } = rowOf(call);
  return (of ?? call) === call && canBefall(fault.kind, method, `/cloud/project/any${path}`);
}

export function rowOf(call: string): Row {
  const [method = '', path = ''] = call.split(' ');
  return { method, path };
}
