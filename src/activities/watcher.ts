import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const GAP_MS = 20;
const LONGEST_GAP_MS = 500;

/**
 * Looks at all things of one kind in one region, for everybody in this process who waits: one list answers them all,
 * and a lone waiter looks by id.
 */
export class Watcher<Resource extends { id: string }> {
  #list: () => Promise<Resource[]>;
  #get: (id: string) => Promise<Resource | undefined>;
  #running: Promise<Resource[]> | undefined;
  #next: Promise<Resource[]> | undefined;
  #began = -Infinity;
  #tick: Promise<Resource[]> | undefined;
  #waiting = 0;

  /** `get` answers undefined where OVH says 404. */
  constructor(source: {
    list: () => Promise<Resource[]>;
    get: (id: string) => Promise<Resource | undefined>;
  }) {
    this.#list = source.list;
    this.#get = source.get;
  }

  /** A list that begins after this call: sharing an older one would let two creates miss each other's work. */
  list(): Promise<Resource[]> {
    if (!this.#running) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  get(id: string): Promise<Resource | undefined> {
    return this.#get(id);
  }

  /** Looks at one thing, together with everybody else who looks now. Undefined: OVH says 404. */
  async look(id: string): Promise<Resource | undefined> {
    if (this.#waiting < 2) return this.#get(id);
    this.#tick ??= this.#listSoon();
    const listed = (await this.#tick).find((resource) => resource.id === id);
    return listed ?? this.#get(id);
  }

  /** The more wait, the longer those who come a little later are waited for: a hundred looks a second become two lists. */
  async #listSoon(): Promise<Resource[]> {
    const gap = Math.min(LONGEST_GAP_MS, GAP_MS * this.#waiting);
    await sleep(Math.max(0, this.#began + gap - performance.now()));
    // Whoever asks from here on is answered by a later list.
    this.#tick = undefined;
    return this.list();
  }

  /** Counts somebody who waits, for as long as they do. */
  async waiting<T>(wait: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    try {
      return await wait();
    } finally {
      this.#waiting -= 1;
    }
  }

  #begin(): Promise<Resource[]> {
    this.#next = undefined;
    this.#began = performance.now();
    const list = this.#list().finally(() => {
      if (this.#running === list) this.#running = undefined;
    });
    this.#running = list;
    return list;
  }
}
