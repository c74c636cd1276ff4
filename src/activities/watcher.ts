import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedLook } from './shared-look.ts';

const GAP_MS = 20;
const LONGEST_GAP_MS = 500;
/** A list of thousands takes its time, here and at OVH: there are the fewer of them. */
const SHARE_OF_TIME = 1 / 5;
const LONGEST_GAP_OF_SLOW_MS = 2000;

interface Waiter<Resource> {
  id: string;
  since: number;
  show(resource: Resource): void;
}

/** Look after so long, unless somebody else's list shows it earlier; the signal ends the wait with its reason. */
export interface LookOptions {
  withinMs?: number;
  signal?: AbortSignal;
}

/**
 * Looks at all things of one kind in one region, for everybody in this process who waits: one list answers them all,
 * and a lone waiter looks by id.
 */
export class Watcher<Resource extends { id: string }> {
  readonly #lists: SharedLook<Resource[]>;
  readonly #get: (id: string) => Promise<Resource | undefined>;
  #began = -Infinity;
  #tookMs = 0;
  #tick: Promise<Resource[]> | undefined;
  #sharers = 0;
  readonly #waiters = new Set<Waiter<Resource>>();

  /** `get` answers undefined where OVH says 404. */
  constructor(source: {
    list: () => Promise<Resource[]>;
    get: (id: string) => Promise<Resource | undefined>;
  }) {
    this.#lists = new SharedLook(() => this.#listAndShow(source.list));
    this.#get = source.get;
  }

  /** How many wait, and are answered by one list. */
  get sharers(): number {
    return this.#sharers;
  }

  /** A list that begins after this call. */
  list(): Promise<Resource[]> {
    return this.#lists.ask();
  }

  get(id: string): Promise<Resource | undefined> {
    return this.#get(id);
  }

  /** Looks at one thing, together with everybody else who looks. Undefined: OVH says 404. */
  async look(id: string, { withinMs = 0, signal }: LookOptions = {}): Promise<Resource | undefined> {
    const shown = withinMs > 0 ? await this.#shownWithin(withinMs, id, signal) : undefined;
    if (shown) return shown;
    if (this.#sharers < 2) return this.#get(id);
    this.#tick ??= this.#listSoon();
    const listed = (await this.#tick).find((resource) => resource.id === id);
    return listed ?? this.#get(id);
  }

  /** Counts somebody who waits, for as long as they do. */
  async waiting<T>(wait: () => Promise<T>): Promise<T> {
    this.#sharers += 1;
    try {
      return await wait();
    } finally {
      this.#sharers -= 1;
    }
  }

  /** What the first list shows that begins from now on, whoever needs it. Undefined: none has within the time. */
  async #shownWithin(ms: number, id: string, signal?: AbortSignal): Promise<Resource | undefined> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#waiters.delete(waiter);
        act();
      };
      const timer = setTimeout(() => settle(() => resolve(undefined)), ms);
      const abort = () => settle(() => reject(signal?.reason as Error));
      const waiter: Waiter<Resource> = {
        id,
        since: performance.now(),
        show: (resource) => settle(() => resolve(resource)),
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** The more wait, the longer those who come a little later are waited for: a hundred looks a second become two lists. */
  async #listSoon(): Promise<Resource[]> {
    const slow = Math.min(LONGEST_GAP_OF_SLOW_MS, this.#tookMs / SHARE_OF_TIME);
    const gap = Math.max(slow, Math.min(LONGEST_GAP_MS, GAP_MS * this.#sharers));
    await sleep(Math.max(0, this.#began + gap - performance.now()));
    // Whoever asks from here on is answered by a later list.
    this.#tick = undefined;
    return this.list();
  }

  async #listAndShow(list: () => Promise<Resource[]>): Promise<Resource[]> {
    const began = performance.now();
    this.#began = began;
    const resources = await list();
    this.#tookMs = performance.now() - began;
    this.#show(resources, began);
    return resources;
  }

  #show(resources: Resource[], began: number): void {
    if (this.#waiters.size === 0) return;
    const byId = new Map(resources.map((resource) => [resource.id, resource]));
    for (const waiter of this.#waiters) {
      const resource = waiter.since <= began ? byId.get(waiter.id) : undefined;
      if (resource) waiter.show(resource);
    }
  }
}
