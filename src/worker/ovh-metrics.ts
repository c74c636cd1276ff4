import type { MetricMeter } from '@temporalio/common';
import { plainFetch, type Fetch, type Governor } from '../ovh/index.ts';

const LOOK_EVERY_MS = 1000;
const CALL_SECONDS = 'mooring_ovh_call_seconds';

/** Upper ends of the ranges that a histogram counts in, by its name. */
export const HISTOGRAM_BUCKETS = {
  [CALL_SECONDS]: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 45],
  mooring_run_seconds: [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800, 7200],
};

/**
 * What the worker has to do with OVH, as metrics. Labels are a project's alias, a method, the kind of an answer: never
 * a path, a key, or anything else of a request.
 */
export class OvhMetrics {
  readonly #calls;
  readonly #callSeconds;
  readonly #incompleteLists;
  readonly #rate;
  readonly #waiting;
  readonly #pause;
  readonly #governors = new Map<string, Governor>();
  #timer: NodeJS.Timeout | undefined;

  constructor(meter: MetricMeter) {
    this.#calls = meter.createCounter('mooring_ovh_calls_total', '', 'Requests to OVH, by their answer');
    this.#callSeconds = meter.createHistogram(
      CALL_SECONDS,
      'float',
      's',
      'From a request to the head of its answer',
    );
    this.#incompleteLists = meter.createCounter(
      'mooring_ovh_incomplete_lists_total',
      '',
      'Lists of OVH that left out what stands',
    );
    this.#rate = meter.createGauge(
      'mooring_ovh_requests_per_second',
      'float',
      '',
      'What the governor admits',
    );
    this.#waiting = meter.createGauge(
      'mooring_ovh_waiting',
      'int',
      '',
      'Requests that the governor holds back',
    );
    this.#pause = meter.createGauge(
      'mooring_ovh_pause_seconds',
      'float',
      's',
      'Left of a pause OVH asked for',
    );
  }

  /** What an `Ovh` takes so that it is watched. */
  of(project: string, governor: Governor): { fetch: Fetch; governor: Governor } {
    this.#governors.set(project, governor);
    const counted: Fetch = async (url, sending) =>
      this.#counted(project, sending.method, () => plainFetch(url, sending));
    return { governor, fetch: counted };
  }

  incompleteList(project: string, kind: string): void {
    this.#incompleteLists.add(1, { project, kind });
  }

  start(): this {
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return this;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #counted(project: string, method: string, call: () => ReturnType<Fetch>): ReturnType<Fetch> {
    const began = performance.now();
    const ended = (answer: string) => {
      this.#calls.add(1, { project, method, answer });
      this.#callSeconds.record((performance.now() - began) / 1000, { project, method });
    };
    try {
      const response = await call();
      ended(kindOf(response.status));
      return response;
    } catch (error) {
      ended('none');
      throw error;
    }
  }

  #look(): void {
    for (const [project, { state }] of this.#governors) {
      this.#rate.set(state.requestsPerSecond, { project });
      this.#pause.set(state.pauseMs / 1000, { project });
      for (const [priority, waiting] of Object.entries(state.waiting))
        this.#waiting.set(waiting, { project, priority });
    }
  }
}

/** Too many requests are no mistake of the request's: they are told apart. */
function kindOf(status: number): string {
  return status === 429 ? '429' : `${Math.floor(status / 100)}xx`;
}
