import type { Flavor, Image, Network, OvhProject, Quota, SshKey } from '../ovh/index.ts';

const FRESH_MS = 5 * 60_000;

/** What OVH sells and a project has: cached for minutes, and fetched once for everybody who asks at the same time. */
export class Catalogue {
  #ovh: OvhProject;
  #entries = new Map<string, { value: Promise<unknown>; until: number }>();

  constructor(ovh: OvhProject) {
    this.#ovh = ovh;
  }

  regions = (): Promise<string[]> => this.#cached('regions', FRESH_MS, () => this.#ovh.regions.list());
  flavors = (region: string): Promise<Flavor[]> =>
    this.#cached(`flavors ${region}`, FRESH_MS, () => this.#ovh.flavors.list(region));
  images = (region: string): Promise<Image[]> =>
    this.#cached(`images ${region}`, FRESH_MS, () => this.#ovh.images.list(region));
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
