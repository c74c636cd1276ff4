import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../contract/unknown.ts';
import { Ovh, plainFetch, type Fetch } from '../ovh/index.ts';

/** An answer of OVH's that is younger says that it answers: a busy worker asks nothing only to know that. */
const FRESH_MS = 60_000;
/** Less than what those wait who ask a worker whether it is ready. */
const PATIENCE_MS = 3000;
/** Whoever asks again so soon is told the same, so that nobody makes the worker ask OVH in a loop. */
const SAME_MS = 1000;

/** `ok`, or what is wrong in a sentence; OVH's by endpoint. */
export interface Ready {
  ready: boolean;
  temporal: string;
  ovh: Record<string, string>;
}

/** Whether a worker can do its work now: it polls, Temporal answers, and OVH does, whatever it says. */
export class Readiness {
  readonly #heardAt = new Map<string, number>();
  #temporal = async (): Promise<string> => 'the worker starts';
  #last: { at: number; ready: Promise<Ready> } | undefined;

  /** Notes every answer of an endpoint. What is a failure of its own, 5xx, is none. */
  hearing(endpoint: string, fetch: Fetch): Fetch {
    if (!this.#heardAt.has(endpoint)) this.#heardAt.set(endpoint, Number.NEGATIVE_INFINITY);
    return async (url, sending) => {
      const answer = await fetch(url, sending);
      if (answer.status < 500) this.#heardAt.set(endpoint, performance.now());
      return answer;
    };
  }

  /** `temporal`: whether the workers poll; rejects when Temporal does not answer. */
  polls(temporal: () => Promise<string>): void {
    this.#temporal = temporal;
  }

  look(): Promise<Ready> {
    const now = performance.now();
    if (!this.#last || now - this.#last.at > SAME_MS) this.#last = { at: now, ready: this.#look() };
    return this.#last.ready;
  }

  async #look(): Promise<Ready> {
    const endpoints = [...this.#heardAt.keys()];
    const [temporal, ...said] = await Promise.all([
      // The connection has patience of its own, and more.
      Promise.race([this.#temporal(), silence()]).catch(messageOf),
      ...endpoints.map(async (endpoint) => this.#ask(endpoint)),
    ]);
    const ovh = Object.fromEntries(endpoints.map((endpoint, index) => [endpoint, said[index] ?? '']));
    return { ready: [temporal, ...said].every((each) => each === 'ok'), temporal, ovh };
  }

  async #ask(endpoint: string): Promise<string> {
    if (this.#isFresh(endpoint)) return 'ok';
    // Its clock is what OVH tells without a signature: what a key may do is not the question.
    const credentials = { accessToken: 'none' };
    const fetch = this.hearing(endpoint, plainFetch);
    try {
      await new Ovh({ endpoint, credentials, timeoutMs: PATIENCE_MS, fetch }).auth.time();
      return 'ok';
    } catch (error) {
      return this.#isFresh(endpoint) ? 'ok' : messageOf(error);
    }
  }

  #isFresh(endpoint: string): boolean {
    return performance.now() - (this.#heardAt.get(endpoint) ?? Number.NEGATIVE_INFINITY) < FRESH_MS;
  }
}

async function silence(): Promise<string> {
  await sleep(PATIENCE_MS, undefined, { ref: false });
  return `no answer within ${PATIENCE_MS / 1000} s`;
}
