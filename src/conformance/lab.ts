import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CredentialSource,
  Flavor,
  Image,
  Instance,
  Ovh,
  OvhProject,
  Quota,
  SshKeyRequest,
  Volume,
  VolumeRequest,
} from '../ovh/index.ts';
import type { RawAnswer } from './exchange.ts';
import { mayPass, unlessGone } from './reads.ts';

/** Everything that a run needs to know before it begins. */
export interface Site {
  ovh: Ovh;
  /** The same, but never slowed down by us. */
  hurried: Ovh;
  project: OvhProject;
  projectId: string;
  /** What OVH's clients call an endpoint, for calls that are signed by hand. */
  baseUrl: string;
  credentials: CredentialSource;
  region: string;
  flavor: Flavor;
  image: Image;
  volumeType: string;
  quota: Quota | undefined;
  flavors: Flavor[];
  /** Begins every name. */
  mark: string;
  /** The last answer to that method, as it came over the wire. */
  last(method: string): RawAnswer | undefined;
  /** Between two looks, in milliseconds. */
  pollMs: number;
  /** How long OVH may take for one thing. */
  patienceMs: number;
  signal: AbortSignal;
}

/** How something came into being. */
interface Creation<T> {
  id: string;
  /** As it was when it was ready. */
  ready: T;
  readyMs: number;
  /** A look by its id, right after the answer to its creation, found nothing. */
  hiddenAtFirst: boolean;
  /** From the answer until a list had it. */
  listedMs: number;
}

/** Least size of a volume, GiB. */
export const LEAST_GIB = 10;

/** What the probes share: an instance, a volume, and ways to watch them. */
export class Lab {
  readonly site: Site;
  #instance: Promise<Creation<Instance>> | undefined;
  #volume: Promise<Creation<Volume>> | undefined;
  #attaching: Promise<number> | undefined;

  constructor(site: Site) {
    this.site = site;
  }

  /** A name that carries the mark. */
  name(what: string): string {
    return this.site.mark + what;
  }

  /** The one instance of the run, `ACTIVE`. */
  instance(): Promise<Creation<Instance>> {
    this.#instance ??= this.#createInstance();
    return this.#instance;
  }

  /** The one volume that all may use, `available` when it was made. */
  volume(): Promise<Creation<Volume>> {
    this.#volume ??= this.createVolume('volume');
    return this.#volume;
  }

  /** Attaches the volume to the instance, and tells how long it took, in milliseconds. */
  attached(): Promise<number> {
    this.#attaching ??= this.#attach();
    return this.#attaching;
  }

  /** The instance is no more. */
  forgetInstance(): void {
    this.#instance = undefined;
    this.#attaching = undefined;
  }

  volumeRequest(what: string, more: Partial<VolumeRequest> = {}): VolumeRequest {
    const { region, volumeType: type } = this.site;
    return { name: this.name(what), region, size: LEAST_GIB, type, ...more };
  }

  keyRequest(what: string): SshKeyRequest {
    // Nobody has the private half.
    const publicKey = `ssh-ed25519 ${Buffer.from(`\0\0\0\u000bssh-ed25519\0\0\0 ${'mooring'.padEnd(32, '.')}`).toString('base64')}`;
    return { name: this.name(what), publicKey, region: this.site.region };
  }

  async createVolume(what: string): Promise<Creation<Volume>> {
    const { volumes } = this.site.project;
    const { id } = await volumes.create(this.volumeRequest(what));
    const look = () => volumes.get(id);
    const list = () => volumes.list(this.site.region);
    return this.#watchCreation({ id, look, list, until: ({ status }) => isSettled(status, 'available') });
  }

  /** Looks until it is as wanted, and returns how it was then. */
  async until<T>(what: string, look: () => Promise<T>, isReached: (seen: T) => boolean): Promise<T> {
    const { signal, pollMs, patienceMs } = this.site;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      signal.throwIfAborted();
      const seen = await this.#lookOnce(look);
      if (seen && isReached(seen.value)) return seen.value;
      if (performance.now() > deadline) throw new Error(`${what} took more than ${patienceMs / 1000} s`);
      await sleep(pollMs, undefined, { signal });
    }
  }

  async #createInstance(): Promise<Creation<Instance>> {
    const { project, flavor, image, region } = this.site;
    const request = { name: this.name('instance'), region, flavorId: flavor.id, imageId: image.id };
    const { id } = await project.instances.create(request);
    return this.#watchCreation({
      id,
      look: () => project.instances.get(id),
      list: () => project.instances.list(region),
      until: ({ status }) => isSettled(status, 'ACTIVE'),
    });
  }

  async #attach(): Promise<number> {
    const { volumes } = this.site.project;
    const [{ id: instanceId }, { id }] = [await this.instance(), await this.volume()];
    const began = performance.now();
    await volumes.attach(id, instanceId);
    await this.until(
      `attaching ${id}`,
      () => volumes.get(id),
      ({ status }) => status === 'in-use',
    );
    return performance.now() - began;
  }

  async #watchCreation<T extends { id: string }>(thing: {
    id: string;
    look(): Promise<T>;
    list(): Promise<T[]>;
    until(seen: T): boolean;
  }): Promise<Creation<T>> {
    const { id, look, list } = thing;
    const began = performance.now();
    let hiddenAtFirst: boolean | undefined;
    let listedMs: number | undefined;
    let ready: { value: T; ms: number } | undefined;
    const see = async () => {
      const [seen, listed] = await Promise.all([
        ready ? ready.value : unlessGone(look()),
        listedMs === undefined ? list() : [],
      ]);
      hiddenAtFirst ??= seen === undefined;
      const ms = performance.now() - began;
      if (listed.some((each) => each.id === id)) listedMs = ms;
      if (!ready && seen && thing.until(seen)) ready = { value: seen, ms };
      return ready && listedMs !== undefined;
    };
    await this.until(`creating ${id}`, see, (isOver) => isOver === true);
    if (!ready || listedMs === undefined) throw new Error(`${id} was never seen`);
    // What the first look of all finds has not lagged.
    const lag = listedMs < this.site.pollMs ? 0 : listedMs;
    return {
      id,
      ready: ready.value,
      readyMs: ready.ms,
      hiddenAtFirst: hiddenAtFirst ?? false,
      listedMs: lag,
    };
  }

  async #lookOnce<T>(look: () => Promise<T>): Promise<{ value: T } | undefined> {
    try {
      return { value: await look() };
    } catch (error) {
      if (!mayPass(error)) throw error;
      return undefined;
    }
  }
}

/** @throws when it has ended in an error: then there is nothing to learn. */
function isSettled(status: string, wanted: string): boolean {
  if (/^error/i.test(status)) throw new Error(`OVH could not make it: it is ${status}`);
  return status === wanted;
}
