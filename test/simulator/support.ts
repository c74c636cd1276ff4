import { createHash } from 'node:crypto';
import {
  createSimulator,
  type SimulatorClock,
  type Simulator,
  type SimulatorCredentials,
} from '../../src/simulator/index.ts';
import type { SimulatorOptions } from '../../src/simulator/index.ts';

/** Time that passes only when a test says so. */
class ManualClock implements SimulatorClock {
  #now = Date.parse('2026-04-01T12:00:00.250Z');
  #sleepers: { until: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  async sleep(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await new Promise<void>((wake) => this.#sleepers.push({ until, wake }));
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    const due = this.#sleepers.filter(({ until }) => until <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    for (const { wake } of due) wake();
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  /** As it came. */
  text: string;
  /** What the JSON says; `undefined` where there is none. */
  body: any;
}

interface Overrides {
  base?: string;
  headers?: Record<string, string>;
  /** Sent as it is, instead of JSON. */
  rawBody?: string;
  signal?: AbortSignal;
}

/** Signs and sends, by OVH's rules and with none of the client's code. */
export class Caller {
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #credentials: SimulatorCredentials;
  readonly #now: () => number;
  /** Sees every answer. */
  onAnswer: (method: string, path: string, answer: Answer) => void = () => {};

  constructor(simulator: Pick<Simulator, 'fetch'>, credentials: SimulatorCredentials, now: () => number) {
    this.#fetch = (request) => simulator.fetch(request);
    this.#credentials = credentials;
    this.#now = now;
  }

  async call(method: string, path: string, body?: unknown, overrides: Overrides = {}): Promise<Answer> {
    const { base = 'https://ovh.test/1.0', headers = {}, rawBody, signal } = overrides;
    const { applicationKey, applicationSecret, consumerKey } = this.#credentials;
    const sent = rawBody ?? (body === undefined ? '' : JSON.stringify(body));
    const timestamp = String(Math.floor(this.#now() / 1000));
    const signed = [applicationSecret, consumerKey, method, `${base}${path}`, sent, timestamp].join('+');
    const request = new Request(`${base}${path}`, {
      method,
      headers: {
        'X-Ovh-Application': applicationKey,
        'X-Ovh-Consumer': consumerKey,
        'X-Ovh-Timestamp': timestamp,
        'X-Ovh-Signature': `$1$${createHash('sha1').update(signed).digest('hex')}`,
        ...headers,
      },
      ...(sent !== '' && { body: sent }),
      ...(signal && { signal }),
    });
    const response = await this.#fetch(request);
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, text, body: parse(text) };
    this.onAnswer(method, path, answer);
    return answer;
  }

  /** The same on a path inside the caller's project. */
  async project(method: string, path: string, body?: unknown, overrides?: Overrides): Promise<Answer> {
    return this.call(method, `/cloud/project/${this.#credentials.projectId}${path}`, body, overrides);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const times = { bootMs: 3000, volumeMs: 1000, attachMs: 800, deleteMs: 800 };

/** A simulator under a clock that stands still, and what tests usually do with it. */
export function createBench(options: SimulatorOptions = {}) {
  const clock = new ManualClock();
  const simulator = createSimulator({ clock, seed: 1, ...times, ...options });
  const caller = new Caller(simulator, simulator.first, () => clock.now());
  const ok = async (method: string, path: string, body?: unknown) => {
    const answer = await caller.project(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const named = async (path: string, name: string, region: string) => {
    const things = await ok('GET', `${path}?region=${region}`);
    return things.find(
      (each: any) => each.name === name && each.osType !== 'windows' && each.status !== 'deactivated',
    ).id;
  };

  const wanted = async (overrides: object = {}, region = 'GRA11') => {
    const flavorId: string = await named('/flavor', 'b3-8', region);
    const imageId: string = await named('/image', 'Debian 13', region);
    return { name: 'web-1', region, flavorId, imageId, ...overrides };
  };

  return {
    clock,
    simulator,
    caller,
    /** Calls inside the project and returns the body; throws unless it is a 200. */
    ok,
    /** A body for a new instance: a flavor, an image and a region that fit each other. */
    wanted,
    async activeInstance(overrides: object = {}): Promise<any> {
      const { id } = await ok('POST', '/instance', await wanted(overrides));
      clock.advance(times.bootMs);
      return ok('GET', `/instance/${id}`);
    },
    async availableVolume(overrides: object = {}): Promise<any> {
      const { id } = await ok('POST', '/volume', {
        region: 'GRA11',
        size: 10,
        type: 'classic',
        ...overrides,
      });
      clock.advance(times.volumeMs);
      return ok('GET', `/volume/${id}`);
    },
    async control(method: string, path: string, body?: unknown) {
      const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const response = await simulator.fetch(new Request(`https://ovh.test/_simulator${path}`, init));
      return { status: response.status, body: (await response.json()) as any };
    },
  };
}

export type Bench = ReturnType<typeof createBench>;
