import { timing } from '../../contract/timing.ts';
import { performance } from 'node:perf_hooks';
import type {
  CallOptions,
  Flavor,
  Image,
  Network,
  OvhProject,
  Prices,
  Quota,
  Region,
  SshKey,
} from '../../ovh/index.ts';
import { OvhSchemaError, refuseUnread } from '../../ovh/index.ts';
import { verdictOf } from '../exactly-once/to-failure.ts';

/**
 * OVH sells something in every region, and every project has regions: an empty list is no answer, and is asked again.
 * Believed, it would refuse for good what there is.
 */
async function some<T>(what: string, listed: Promise<T[]>): Promise<T[]> {
  const list = await listed;
  if (list.length > 0) return list;
  refuseUnread(list, () => true);
  throw new OvhSchemaError({ method: 'GET', path: `/${what}`, status: 200, problems: ['an empty list'] });
}

const { catalogueMs: FRESH_MS, brieflyMs: BRIEFLY_MS, pricesMs: PRICES_MS } = timing;

/** What OVH sells and a project has: cached for minutes, and fetched once for everybody who asks at the same time. */
export class Catalogue {
  #ovh: OvhProject;
  #prices: (options: CallOptions) => Promise<Prices>;
  #entries = new Map<string, { value: Promise<unknown>; began: number; until: number }>();

  constructor(ovh: OvhProject, prices: (options: CallOptions) => Promise<Prices>) {
    this.#ovh = ovh;
    this.#prices = prices;
  }

  regions = (): Promise<string[]> =>
    this.#cached('regions', FRESH_MS, () => some('region', this.#ovh.regions.list()));
  /** A region may go down at any moment. */
  region = (name: string): Promise<Region> =>
    this.#cached(`region ${name}`, BRIEFLY_MS, () => this.#ovh.regions.get(name));
  flavors = (region: string): Promise<Flavor[]> =>
    this.#cached(`flavors ${region}`, FRESH_MS, () => some('flavor', this.#ovh.flavors.list(region)));
  /** What OVH publishes. */
  images = (region: string): Promise<Image[]> =>
    this.#cached(`images ${region}`, FRESH_MS, () => some('image', this.#ovh.images.list(region)));
  /** The project's own snapshots of instances, which are images, too. */
  imageSnapshots = (region: string): Promise<Image[]> =>
    this.#cached(`image snapshots ${region}`, FRESH_MS, () => this.#ovh.imageSnapshots.list(region));
  /** Null where OVH's price list does not answer in time: a price is not worth waiting for. */
  prices = (): Promise<Prices | null> =>
    this.#cached('prices', FRESH_MS, () => this.#prices({ signal: AbortSignal.timeout(PRICES_MS) })).catch(
      () => null,
    );
  networks = (): Promise<Network[]> => this.#cached('networks', FRESH_MS, () => this.#ovh.networks.list());
  sshKeys = (region: string): Promise<SshKey[]> =>
    this.#cached(`keys ${region}`, BRIEFLY_MS, () => this.#ovh.sshKeys.list(region));
  quotas = (): Promise<Quota[]> => this.#cached('quotas', BRIEFLY_MS, () => this.#ovh.quotas.list());

  /**
   * Nobody is refused on yesterday's word: what a spec asks for and the cache lacks is asked again. What was asked since
   * then is as good: a hundred who are refused at once ask once.
   */
  forgetBefore(then: number): void {
    for (const [key, { began }] of this.#entries) if (began < then) this.#entries.delete(key);
  }

  /**
   * Orders something by what the catalogue said. OVH publishes images anew under other ids, and refuses the old ones: what
   * it refuses may have been yesterday's word, so that the next order resolves its names on fresh answers.
   */
  async ordering<T>(order: () => Promise<T>): Promise<T> {
    const ordered = performance.now();
    try {
      return await order();
    } catch (error) {
      const { final } = verdictOf(error);
      if (final === 'OvhNotFound' || final === 'OvhRejected') this.forgetBefore(ordered);
      throw error;
    }
  }

  #cached<T>(key: string, freshMs: number, fetch: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key);
    if (entry && entry.until > performance.now()) return entry.value as Promise<T>; // a key has one `fetch`
    const value = fetch();
    // While it is on its way everybody shares it; a failure is nobody's answer but theirs who wait for it now.
    const fetched = { value, began: performance.now(), until: Number.POSITIVE_INFINITY };
    this.#entries.set(key, fetched);
    value.then(
      () => (fetched.until = performance.now() + freshMs),
      () => this.#entries.get(key) === fetched && this.#entries.delete(key),
    );
    return value;
  }
}
