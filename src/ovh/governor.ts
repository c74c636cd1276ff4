import { LONGEST_RETRY_AFTER_MS } from './answers.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Credentials } from './configuration/credentials.ts';

/** Who waits until a request may be sent. */
export interface Waiter {
  sharer: string;
  since: number;
  isPatient(): boolean;
  admit(): void;
}

/** A queue in which those who share it take turns, each with their own in the order of asking. */
class Turns {
  /** In the order of their turns; none is empty. */
  readonly #bySharer = new Map<string, Set<Waiter>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  first(isIt: (waiter: Waiter) => boolean = () => true): Waiter | undefined {
    for (const waiters of this.#bySharer.values())
      for (const waiter of waiters) if (isIt(waiter)) return waiter;
    return undefined;
  }

  add(waiter: Waiter): void {
    const waiters = this.#bySharer.get(waiter.sharer);
    if (waiters) waiters.add(waiter);
    else this.#bySharer.set(waiter.sharer, new Set([waiter]));
    this.#size += 1;
  }

  /** Its sharer's next turn comes after everybody else's. */
  remove(waiter: Waiter): void {
    const waiters = this.#bySharer.get(waiter.sharer);
    if (!waiters?.delete(waiter)) return;
    this.#size -= 1;
    this.#bySharer.delete(waiter.sharer);
    if (waiters.size > 0) this.#bySharer.set(waiter.sharer, waiters);
  }
}

/** Who goes first: a look can always wait. */
export type Priority = 'mutate' | 'look';

export interface GovernorOptions {
  clock?: Clock;
  /** Requests per second to begin with. */
  start?: number;
  /** Requests per second never exceeded; 20 is what OVH publishes for its OpenStack APIs. */
  ceiling?: number;
  /** Requests that may leave at once after a pause. */
  burst?: number;
  /** How much of the ceiling is this process's, where several share a key. Default: all of it. */
  shareOf?: ((ceiling: number) => number) | undefined;
}

/** What a governor does at this moment. */
export interface GovernorState {
  requestsPerSecond: number;
  waiting: Record<Priority, number>;
  /** What is left of the pause that OVH asked for. */
  pauseMs: number;
}

/** Who waits for admission, and for whom. */
interface AcquireOptions {
  signal?: AbortSignal | undefined;
  /** Those who share a governor take turns: twenty requests of one do not hold up the single one of another. */
  sharer?: string | undefined;
  /** Of a look, whenever somebody's turn comes: whether nobody holds a change back until it is answered. */
  isPatient?: (() => boolean) | undefined;
}

/** Until OVH refuses for the first time the rate grows by a quarter each second. */
const EARLY_GROWTH = 0.25;
/** A look waits so long while changes go before it; then it goes before them, and so many of them before the next look. */
const OVERTAKEN = { forMs: 400, patientForMs: 2_000, times: 3 };
const FLOOR_PER_SECOND = 0.5;
/** Refusals of requests that were already under way say nothing new about the lower rate. */
const HALVING_INTERVAL_MS = 1_000;
/** OVH under load cuts connections rather than answering 429 (external-dns #1546): this many make a refusal. */
const STORM = { resets: 3, withinMs: 5_000 };
const LONGEST_SLEEP_MS = 1_000;

/**
 * Paces the requests of one consumer key. A token bucket whose rate grows while all goes well, up to the ceiling, and
 * halves when OVH refuses; from then on it grows by about one request per second each second. OVH publishes no limit
 * for this API.
 */
export class Governor {
  readonly #clock: Clock;
  readonly #ceiling: number;
  readonly #burst: number;
  readonly #shareOf: (ceiling: number) => number;
  readonly #queues: Record<Priority, Turns> = {
    mutate: new Turns(),
    look: new Turns(),
  };
  #rate: number;
  #tokens: number;
  #filledAt: number;
  #pausedUntil = 0;
  #halvedAt = -Infinity;
  /** Changes that were admitted since the last look was. */
  #overtaken = 0;
  /** Of the last look that was admitted. */
  #wasPatient = true;
  #resets: number[] = [];
  #draining = false;
  /** How many have asked to send since somebody wanted to know. */
  #asked = 0;

  constructor({
    clock = systemClock,
    start = 10,
    ceiling = 20,
    burst = 3,
    shareOf = (all) => all,
  }: GovernorOptions = {}) {
    this.#clock = clock;
    this.#ceiling = ceiling;
    this.#burst = burst;
    this.#shareOf = shareOf;
    this.#rate = Math.min(start, ceiling);
    this.#tokens = burst;
    this.#filledAt = clock.now();
  }

  /** As far as OVH lets it, and no more than its share, which may have become another since the last request. */
  get requestsPerSecond(): number {
    return Math.min(this.#rate, this.#shareOf(this.#ceiling));
  }

  /** How many requests a second were asked for on average, over the seconds since this was asked last. */
  demand(seconds: number): number {
    const waiting = Object.values(this.#queues).reduce((sum, { size }) => sum + size, 0);
    const asked = this.#asked;
    this.#asked = 0;
    return Math.min(this.#ceiling, (asked + waiting) / seconds);
  }

  get state(): GovernorState {
    const { mutate, look } = this.#queues;
    return {
      requestsPerSecond: this.requestsPerSecond,
      waiting: { mutate: mutate.size, look: look.size },
      pauseMs: Math.max(0, this.#pausedUntil - this.#clock.now()),
    };
  }

  /** Resolves when the caller may send one request; rejects with the signal's reason, spending nothing. */
  async acquire(
    priority: Priority,
    { signal, sharer = '', isPatient = () => false }: AcquireOptions = {},
  ): Promise<void> {
    signal?.throwIfAborted();
    const queue = this.#queues[priority];
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        queue.remove(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        sharer,
        since: this.#clock.now(),
        isPatient,
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#asked += 1;
      queue.add(waiter);
      void this.#drain();
    });
  }

  /** An answer that shows no overload. */
  accepted(): void {
    const growth = this.#halvedAt === -Infinity ? EARLY_GROWTH : 1 / this.#rate;
    this.#rate = Math.min(this.#ceiling, this.#rate + growth);
  }

  /** 429 or 408. */
  refused(): void {
    const now = this.#clock.now();
    if (now - this.#halvedAt < HALVING_INTERVAL_MS) return;
    this.#refill();
    this.#rate = Math.max(FLOOR_PER_SECOND, this.requestsPerSecond / 2);
    this.#halvedAt = now;
  }

  /** A connection that broke or went silent after it was made. */
  broken(): void {
    const now = this.#clock.now();
    this.#resets = [...this.#resets, now].filter((at) => now - at < STORM.withinMs);
    if (this.#resets.length < STORM.resets) return;
    this.#resets = [];
    this.refused();
  }

  /** `Retry-After`, whatever the status; heeded for a minute at most. */
  pause(ms: number): void {
    if (!(ms > 0)) return;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + Math.min(ms, LONGEST_RETRY_AFTER_MS));
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        await this.#clock.sleep(Math.min(waitMs, LONGEST_SLEEP_MS));
        continue; // in the meantime someone more urgent may have come, or a pause, or all may have left
      }
      this.#tokens -= 1;
      this.#overtaken = next.priority === 'look' ? 0 : this.#overtaken + 1;
      if (next.priority === 'look') this.#wasPatient = next.waiter.isPatient();
      this.#queues[next.priority].remove(next.waiter);
      next.waiter.admit();
    }
    this.#draining = false;
  }

  #next(): { priority: Priority; waiter: Waiter } | undefined {
    const { mutate, look } = this.#queues;
    const looks = [false, true].flatMap(
      (patient) => look.first((each) => each.isPatient() === patient) ?? [],
    );
    const mayOvertake = this.#overtaken >= OVERTAKEN.times;
    const due = mayOvertake ? this.#inTurn(looks.filter((waiter) => this.#isDue(waiter))) : undefined;
    const change = due ? undefined : mutate.first();
    if (change) return { priority: 'mutate', waiter: change };
    const waiter = due ?? this.#inTurn(looks);
    return waiter && { priority: 'look', waiter };
  }

  /** A thousand creates must not keep hidden for a minute what is ready already, nor hold back the look that others wait for. */
  #isDue({ since, isPatient }: Waiter): boolean {
    const forMs = this.#clock.now() - since;
    return forMs >= (isPatient() ? OVERTAKEN.patientForMs : OVERTAKEN.forMs);
  }

  /** Patient looks and others take turns, so that neither keep the others waiting for as long as they keep coming. */
  #inTurn(looks: Waiter[]): Waiter | undefined {
    return looks.find(({ isPatient }) => isPatient() !== this.#wasPatient) ?? looks[0];
  }

  #waitMs(): number {
    this.#refill();
    const pause = this.#pausedUntil - this.#clock.now();
    const token = ((1 - this.#tokens) * 1_000) / this.requestsPerSecond;
    return Math.ceil(Math.max(pause, token));
  }

  #refill(): void {
    const now = this.#clock.now();
    const filled = ((now - this.#filledAt) / 1_000) * this.requestsPerSecond;
    // Those who share a ceiling also share what may leave at once.
    const burst = Math.max(1, (this.#burst * this.#shareOf(this.#ceiling)) / this.#ceiling);
    this.#tokens = Math.min(burst, this.#tokens + filled);
    this.#filledAt = now;
  }
}

/** One governor for each consumer key, service account or token: OVH counts by it, whatever the project. */
export class Governors {
  readonly #byCaller = new Map<string, Governor>();
  readonly #shareOf: ((caller: string) => (ceiling: number) => number) | undefined;

  /** @param shareOf How much of a caller's ceiling is this process's; what it gets as the caller is a secret. Default: all. */
  constructor(shareOf?: (caller: string) => (ceiling: number) => number) {
    this.#shareOf = shareOf;
  }

  of(endpoint: string, credentials: Credentials): Governor {
    const caller = `${endpoint} ${callerOf(credentials)}`;
    const governor = this.#byCaller.get(caller) ?? new Governor({ shareOf: this.#shareOf?.(caller) });
    this.#byCaller.set(caller, governor);
    return governor;
  }

  /** Of each caller: how many changes wait to be sent, and how many requests a second it may send. */
  *loads(): Iterable<{ waiting: number; perSecond: number }> {
    for (const { state } of this.#byCaller.values())
      yield { waiting: state.waiting.mutate, perSecond: state.requestsPerSecond };
  }

  /** What each caller has asked for, in requests a second, over the seconds since this was asked last. */
  demands(seconds: number): Map<string, number> {
    return new Map([...this.#byCaller].map(([caller, governor]) => [caller, governor.demand(seconds)]));
  }
}

function callerOf(credentials: Credentials): string {
  if ('consumerKey' in credentials) return credentials.consumerKey;
  return 'clientId' in credentials ? credentials.clientId : credentials.accessToken;
}
