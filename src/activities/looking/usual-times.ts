import { lookTimes } from './look-times.ts';

/** When something was still pending, and when it was ready: milliseconds since it was asked for. */
interface Observation {
  /** The last look before. Undefined: it was ready at the first. */
  pendingMs: number | undefined;
  readyMs: number;
}

/** How long something usually takes. */
export interface Usual {
  medianMs: number;
  /** When it is best looked at by so many who share one look, in milliseconds since it was asked for, ascending. */
  lookTimes(sharers: number): readonly number[];
}

/** Few enough that a change at OVH is learned within an afternoon, and enough for quantiles. */
const REMEMBERED = 30;

/** An instance takes a time of its own by region and flavor, and until it has an address. */
export function instanceKind(until: string, region: string, flavorId: string | null): string {
  return `${until === 'active' ? until : 'address'} ${region} ${flavorId}`;
}

export function volumeKind(wanted: string, region: string, type: string): string {
  return `${wanted} ${region} ${type}`;
}

/** What this process has seen of OVH's times. Quantiles: one instance that took an hour says nothing of the next. */
export class UsualTimes {
  readonly #seen = new Map<string, Observation[]>();
  readonly #usual = new Map<string, Usual>();

  /** @param kind What takes its own time, such as flavor and region of an instance. */
  learn(kind: string, observation: Observation): void {
    this.#seen.set(kind, [...(this.#seen.get(kind) ?? []), observation].slice(-REMEMBERED));
    this.#usual.delete(kind);
  }

  /** Undefined where nothing of the kind was seen yet. */
  of(kind: string): Usual | undefined {
    const seen = this.#seen.get(kind);
    if (!seen) return undefined;
    const usual = this.#usual.get(kind) ?? usualOf(seen);
    this.#usual.set(kind, usual);
    return usual;
  }
}

/*
 * `npm run bench -- --only regret` says what these constants come to: by how many looks a boot is noticed, and how late. It
 * plays boots whose times shift, beside an oracle that knows them.
 */
/** A choice: to save one look, a lone thing that waits may be noticed so much later on average. */
const LOOK_COSTS_MS = 300;
/** What nobody can know of the next time, as a share of it: at least so much, and so much when only one was seen. */
const LEAST_DOUBT = 0.002;
const FIRST_DOUBT = 0.1;
/** Deviations from the median, with their weights after Student: outliers are more likely than they seem. */
const DEVIATIONS = Array.from({ length: 120 }, (_, index) => index / 10 - 4).map((deviation) => ({
  deviation,
  weight: (1 + deviation ** 2 / 6) ** -3.5,
}));

/** Times spread by factors: their logarithms have a median, and a median deviation from it. */
function usualOf(observations: Observation[]): Usual {
  // What was ready at the first look may have been earlier, so the next is looked at a little earlier. Where none was ever
  // seen pending, all that is known is that it takes no longer than the quickest: much earlier, then.
  const wasPending = observations.some(({ pendingMs }) => pendingMs !== undefined);
  const quickest = Math.min(...observations.map(({ readyMs }) => readyMs));
  const telling = wasPending ? observations : observations.filter(({ readyMs }) => readyMs === quickest);
  const seen = telling.map(({ pendingMs, readyMs }) => ({
    fromMs: pendingMs ?? readyMs * (wasPending ? 0.93 : 0.5),
    toMs: Math.max(1, readyMs),
  }));
  const logs = seen.map(({ fromMs, toMs }) => Math.log((fromMs + toMs) / 2));
  const middle = median(logs);
  const scatter = 1.4826 * median(logs.map((log) => Math.abs(log - middle))) * (1 + 1 / seen.length);
  const betweenLooks = median(seen.map(({ fromMs, toMs }) => (toMs - fromMs) / (toMs + fromMs))) / 2;
  const spread = LEAST_DOUBT + Math.hypot(scatter, betweenLooks, FIRST_DOUBT / seen.length);
  const chances = DEVIATIONS.map(({ deviation, weight }) => ({
    ms: Math.exp(middle + spread * deviation),
    weight,
  }));
  const plans = new Map<number, number[]>();
  return {
    medianMs: Math.exp(middle),
    lookTimes(sharers) {
      const costs = LOOK_COSTS_MS / 2 ** Math.round(Math.log2(sharers));
      const plan = plans.get(costs) ?? lookTimes(chances, costs);
      plans.set(costs, plan);
      return plan;
    },
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/*
 * `npm run bench -- --only late` says how late things are noticed by what follows, where nothing can be learnt: every boot
 * time of 20 s to two minutes is as likely as another.
 */
/** What may be known before a look. */
interface Expectation {
  usual: Usual | undefined;
  /** Where nothing is known, the first look comes after so many milliseconds. */
  firstMs: number;
  /** How many wait who are answered by the same look. */
  sharers: number;
}

/** Looks that are planned closer together are one. */
const LEAST_MS = 100;
/** A thing that ends in ERROR early is noticed before the usual time has passed. */
const LONGEST_BEFORE_MS = 20_000;

/** How long to wait until the next look at something that was asked for so many milliseconds ago. */
export function pauseBeforeLook(elapsedMs: number, { usual, firstMs, sharers }: Expectation): number {
  const share = Math.sqrt(Math.max(1, sharers));
  const planned = usual
    ? usual.lookTimes(sharers).find((ms) => ms > elapsedMs + LEAST_MS / 2)
    : firstMs > elapsedMs
      ? firstMs
      : undefined;
  if (planned === undefined) return clamp(blindPause(elapsedMs) / share, leastPause(elapsedMs), 10_000);
  return clamp(planned - elapsedMs, LEAST_MS, Math.max(2000, LONGEST_BEFORE_MS / share));
}

/** In steps that grow with the time it has taken already, to 3.4 s after 18 s and to 10 s after five minutes. */
function blindPause(elapsedMs: number): number {
  const growing = Math.min(3400, 800 * Math.sqrt(elapsedMs / 1000));
  return Math.max(growing, Math.min(elapsedMs * 0.03, 10_000));
}

/** Of a thing that has taken an hour nobody needs to know within a second, however many wait for it. */
function leastPause(elapsedMs: number): number {
  return clamp(elapsedMs * 0.004, LEAST_MS, 10_000);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
