/**
 * Looks at all things of one kind in one region, for everybody in this process who waits: one list answers them all,
 * and a lone waiter looks by id.
 */
export class Watcher<Resource extends { id: string }> {
  #list: () => Promise<Resource[]>;
  #get: (id: string) => Promise<Resource | undefined>;
  #running: Promise<Resource[]> | undefined;
  #next: Promise<Resource[]> | undefined;
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
    const listed = (await this.list()).find((resource) => resource.id === id);
    return listed ?? this.#get(id);
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
    const list = this.#list().finally(() => {
      if (this.#running === list) this.#running = undefined;
    });
    this.#running = list;
    return list;
  }
}
