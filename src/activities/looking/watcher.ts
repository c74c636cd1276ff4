import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedLook } from './shared-look.ts';

/** A list begins so long after the one before for each who waits, but twice a second whoever waits: of all workers together. */
const GAP_MS = 20;
const LONGEST_GAP_MS = 500;
/** At most this share of the time is spent on lists, unless they are rarer then than every two seconds: thousands take long. */
const SHARE_OF_TIME = 1 / 5;
const LONGEST_GAP_OF_SLOW_MS = 2000;

interface Waiter<Resource> {
  id: string;
  since: number;
  show(resource: Resource): void;
}

/** Look after so long, unless somebody else's list shows it earlier; the signal ends the wait with its reason. */
interface LookOptions {
  withinMs?: number;
  signal?: AbortSignal;
}

/** A list that leaves out what stands, as a look by id has shown: nothing may be concluded from what it does not show. */
class IncompleteList extends Error {
  override readonly name = 'IncompleteList';
}

/** Of those that a list no longer shows, so many are looked at by id side by side, until one is found that stands. */
const MISSING_AT_ONCE = 10;

/** As those look who wait for OVH: while changes wait for their turn, nothing could be done about what it shows. */
export const PATIENTLY = { isPatient: true };

/** How a list that has to wait for its turn learns of it. */
export interface Turn {
  /** It goes off. */
  beforeSend: () => void;
  /** Nobody holds a change back until it is answered. */
  isPatient: () => boolean;
}

/** Where a watcher looks, and who is told of a list that is not whole. */
export interface Source<Resource> {
  list: (turn: Turn) => Promise<Resource[]>;
  /** Undefined where OVH says 404. */
  find: (id: string, turn: Pick<Turn, 'isPatient'>) => Promise<Resource | undefined>;
  isAlive: (resource: Resource) => boolean;
  /** How many workers list for their own. */
  lookers: () => number;
  /** Ids are of no region: who watches the same things elsewhere need not look at it again. */
  sawGone: (id: string) => void;
  /** `isNews`: the list before was whole. */
  sawIncomplete: (missing: string[], isNews: boolean) => void;
}

/**
 * Looks at all things of one kind in one region, for everybody in this process who waits: one list answers them all,
 * and a lone waiter looks by id.
 */
export class Watcher<Resource extends { id: string }> {
  readonly #lists: SharedLook<Resource[]>;
  readonly #source: Source<Resource>;
  /** By id, what the last list showed alive: what the next list leaves out of it is looked at by its id. */
  #shown = new Map<string, Resource>();
  #isIncomplete = false;
  /** What was looked at by its id since the last list. */
  #looked = new Map<string, Resource>();
  #began = -Infinity;
  #tookMs = 0;
  #tick: Promise<Resource[]> | undefined;
  #sharers = 0;
  /** How many may hold a change back until a list has shown what there is. */
  #holders = 0;
  readonly #waiters = new Set<Waiter<Resource>>();

  constructor(source: Source<Resource>) {
    this.#lists = new SharedLook((queued) => this.#listAndShow(queued()));
    this.#source = source;
  }

  /** How many wait, and are answered by one list. */
  get sharers(): number {
    return this.#sharers;
  }

  /**
   * A list that begins after this call.
   *
   * @throws IncompleteList where it leaves out, twice in a row, what an earlier list showed and what stands by its id
   */
  async list({ isPatient = false } = {}): Promise<Resource[]> {
    if (isPatient) return this.#askForList();
    this.#holders += 1;
    try {
      return await this.#askForList();
    } finally {
      this.#holders -= 1;
    }
  }

  async #askForList(): Promise<Resource[]> {
    try {
      return await this.#lists.ask();
    } catch (error) {
      if (!(error instanceof IncompleteList)) throw error;
      return this.#lists.ask();
    }
  }

  async find(id: string, { isPatient = false } = {}): Promise<Resource | undefined> {
    const resource = await this.#source.find(id, { isPatient: () => isPatient });
    if (resource && this.#source.isAlive(resource)) {
      this.#looked.set(id, resource);
    } else {
      this.forget(id);
      this.#source.sawGone(id);
    }
    return resource;
  }

  /** A thing in a list that begins after this call, or else by its id. Undefined: neither shows it. */
  async confirm(id: string): Promise<Resource | undefined> {
    return (await this.list()).find((resource) => resource.id === id) ?? this.find(id);
  }

  /** A look by id has shown that it is gone: a list that leaves it out is whole. */
  forget(id: string): void {
    this.#looked.delete(id);
    this.#shown.delete(id);
  }

  /** The thing as a list or a look by id has last shown it; looks by id where neither has. Undefined: OVH says 404. */
  async recent(id: string): Promise<Resource | undefined> {
    return this.#looked.get(id) ?? this.#shown.get(id) ?? this.find(id);
  }

  /** Looks at one thing, together with everybody else who looks. Undefined: OVH says 404. */
  async look(id: string, { withinMs = 0, signal }: LookOptions = {}): Promise<Resource | undefined> {
    const shown = withinMs > 0 ? await this.#shownWithin(withinMs, id, signal) : undefined;
    if (shown) return shown;
    if (this.#sharers < 2) return this.find(id, PATIENTLY);
    this.#tick ??= this.#listSoon();
    const listed = (await this.#tick).find((resource) => resource.id === id);
    return listed ?? this.find(id, PATIENTLY);
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
      const abort = () => settle(() => reject(signal?.reason));
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
    const gap = Math.max(slow, Math.min(LONGEST_GAP_MS, GAP_MS * this.#sharers) * this.#source.lookers());
    await sleep(Math.max(0, this.#began + gap - performance.now()));
    // Whoever asks from here on is answered by a later list.
    this.#tick = undefined;
    return this.#askForList();
  }

  async #listAndShow(off: () => void): Promise<Resource[]> {
    const asked = performance.now();
    this.#began = asked;
    let sent: number | undefined;
    const resources = await this.#source.list({
      beforeSend() {
        // The clock may have been off: it goes off twice then, and shows what stood at the first time or later.
        sent ??= performance.now();
        off();
      },
      isPatient: () => this.#holders === 0,
    });
    this.#tookMs = performance.now() - (sent ?? asked);
    await this.#refuseIncomplete(resources);
    this.#show(resources, sent ?? asked);
    return resources;
  }

  /** What an earlier list showed and this one does not is looked at by its id: it is gone, or the list is not whole. */
  async #refuseIncomplete(resources: Resource[]): Promise<void> {
    const listed = new Set(resources.map(({ id }) => id));
    const missing = [...this.#shown.keys()].filter((id) => !listed.has(id));
    const stand = await this.#firstStanding(missing);
    if (stand.length > 0) {
      this.#source.sawIncomplete(stand, !this.#isIncomplete);
      this.#isIncomplete = true;
      const are = stand.length === 1 ? 'stands' : 'stand';
      throw new IncompleteList(`OVH's list leaves out ${stand.join(', ')}, which ${are}; it is asked again`);
    }
    this.#isIncomplete = false;
    this.#looked.clear();
    const alive = resources.filter((resource) => this.#source.isAlive(resource));
    this.#shown = new Map(alive.map((resource) => [resource.id, resource]));
  }

  async #firstStanding(ids: string[]): Promise<string[]> {
    for (let from = 0; from < ids.length; from += MISSING_AT_ONCE) {
      const some = ids.slice(from, from + MISSING_AT_ONCE);
      await Promise.all(some.map((id) => this.find(id, { isPatient: this.#holders === 0 })));
      // A look by id that found it gone has taken it out of what was shown meanwhile.
      const stand = some.filter((id) => this.#shown.has(id));
      if (stand.length > 0) return stand;
    }
    return [];
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
