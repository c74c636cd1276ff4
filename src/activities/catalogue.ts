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
} from '../ovh/index.ts';

const FRESH_MS = 5 * 60_000;
const PRICES_MS = 5000;

/** What OVH sells and a project has: cached for minutes, and fetched once for everybody who asks at the same time. */
export class Catalogue {
  #ovh: OvhProject;
  #prices: (options: CallOptions) => Promise<Prices>;
  #entries = new Map<string, { value: Promise<unknown>; until: number }>();

  constructor(ovh: OvhProject, prices: (options: CallOptions) => Promise<Prices>) {
    this.#ovh = ovh;
    this.#prices = prices;
  }

  regions = (): Promise<string[]> => this.#cached('regions', FRESH_MS, () => this.#ovh.regions.list());
  region = (name: string): Promise<Region> =>
    this.#cached(`region ${name}`, FRESH_MS, () => this.#ovh.regions.get(name));
  flavors = (region: string): Promise<Flavor[]> =>
    this.#cached(`flavors ${region}`, FRESH_MS, () => this.#ovh.flavors.list(region));
  /** What OVH publishes, and the project's own snapshots of instances. */
  images = (region: string): Promise<Image[]> =>
    this.#cached(`images ${region}`, FRESH_MS, async () => [
      ...(await this.#ovh.images.list(region)),
      ...(await this.#ovh.imageSnapshots.list(region)),
    ]);
  /** Null where OVH's price list does not answer in time: a price is not worth waiting for. */
  prices = (): Promise<Prices | null> =>
    this.#cached('prices', FRESH_MS, async () => {
      const signal = AbortSignal.timeout(PRICES_MS);
      return this.#prices({ signal }).catch(() => null);
    });
  networks = (): Promise<Network[]> => this.#cached('networks', FRESH_MS, () => this.#ovh.networks.list());
  sshKeys = (region: string): Promise<SshKey[]> =>
    this.#cached(`keys ${region}`, 0, () => this.#ovh.sshKeys.list(region));
  quotas = (): Promise<Quota[]> => this.#cached('quotas', 0, () => this.#ovh.quotas.list());

  /** Nobody is refused on yesterday's word: what a spec asks for and the cache lacks is asked again. */
  forget(): void {
    this.#entries.clear();
  }

  #cached<T>(key: string, freshMs: number, fetch: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key);
    if (entry && entry.until > Date.now()) return entry.value as Promise<T>;
    const value = fetch();
    // While it is on its way everybody shares it; a failure is nobody's answer but theirs who wait for it now.
    const fetched = { value, until: Number.POSITIVE_INFINITY };
    this.#entries.set(key, fetched);
    value.then(
      () => (fetched.until = Date.now() + freshMs),
      () => this.#entries.delete(key),
    );
    return value;
  }
}
