import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { floatingIpsOf } from '../operations/floating-ips.ts';
import { findImage } from '../operations/images.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceRecord } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { CloudInitForm } from './cloud-init-status.ts';
import { guestActs, type GuestAct, type GuestFault } from './guest-fault.ts';
import { GuestFaults, isMeant } from './guest-faults.ts';
import type { Guest, GuestView } from './guest.ts';

export interface GuestOptions {
  /** Where every guest answers, each on an address of its own. Default 2222. */
  port?: number;
  /** Which form `cloud-init status` has; by default that of the image's age. */
  cloudInit?: CloudInitForm;
}

/** The machines behind the instances, where the simulator has any: they answer SSH and run what they are told. */
export class Guests {
  readonly port: number;
  readonly faults = new GuestFaults();
  /** A new instance gets the address of one that is gone, the one that has been free for the longest. */
  reusesAddresses = false;
  readonly #world: World;
  readonly #cloudInit: CloudInitForm | undefined;
  readonly #guests = new Map<string, Promise<Guest>>();
  readonly #images = new Map<string, Promise<string | undefined>>();
  readonly #freed: { ip: string; at: number }[] = [];
  /** Not the seed's: simulators with the same seed run side by side, and none may have the address of another's guest. */
  #nextAddress = randomInt(0x7f_01_00_00, 0x7f_fe_00_00);
  #folder: Promise<string> | undefined;
  #watchdog: ChildProcess | undefined;
  #warned = new Set<string>();
  #life = lifetime();

  constructor(world: World, { port = 2222, cloudInit }: GuestOptions) {
    this.#world = world;
    this.port = port;
    this.#cloudInit = cloudInit;
  }

  /** A public address for a new instance: on this machine's loopback, all of which Linux takes for its own. */
  takeAddress(now: number): string {
    const [free] = this.reusesAddresses ? this.#freed.filter(({ at }) => at <= now) : [];
    if (free) {
      this.#freed.splice(this.#freed.indexOf(free), 1);
      return free.ip;
    }
    this.#nextAddress += 1;
    // The ends of a network are nobody's.
    while ([0, 255].includes(this.#nextAddress & 255)) this.#nextAddress += 1;
    return [24, 16, 8, 0].map((bits) => (this.#nextAddress >> bits) & 255).join('.');
  }

  /** The instance has a machine from now on, which does what the status says. */
  follow(instance: InstanceRecord, project: ProjectRecord): void {
    const image = () => findImage(project, instance.imageId, this.#world.now());
    if (image()?.type === 'windows') return;
    const key = instance.sshKeyId === null ? undefined : project.sshKeys.get(instance.sshKeyId)?.publicKey;
    const guest = this.#make(instance, {
      projectId: project.id,
      floatingIps: () => floatingIpsOf(project, instance, this.#world.now()).map(({ ip }) => ip),
      keys: key === undefined ? [] : [key],
      image,
    });
    this.#guests.set(instance.id, guest);
    guest.catch((error: Error) => this.#warn(error.message));
    const seen = new WeakSet<object>();
    const catchUp = () => {
      if (this.#guests.get(instance.id) !== guest) return;
      const now = this.#world.now();
      for (const moment of instance.states.moments) {
        if (moment.at > now || seen.has(moment)) continue;
        seen.add(moment);
        void guest.then(
          (each) => each.becomes(moment.state),
          () => {},
        );
        if (moment.state === undefined) this.#isGone(instance, now);
      }
      const next = instance.states.moments.find(({ at }) => at > now);
      if (next) void this.#world.clock.sleep(next.at - now, this.#life.signal).then(catchUp, () => {});
    };
    instance.states.watch(catchUp);
    catchUp();
  }

  /** What comes in at the instance is another from then on. */
  comesIn(instanceId: string, from: number): void {
    const settle = async () => {
      await this.#world.clock.sleep(Math.max(0, from - this.#world.now()), this.#life.signal);
      await (await this.#guests.get(instanceId))?.settle();
    };
    void settle().catch(() => {});
  }

  /** The instance comes to nothing, as if it had never begun. */
  forget({ id }: InstanceRecord): void {
    void this.#guests.get(id)?.then((guest) => guest.remove());
    this.#guests.delete(id);
  }

  /** An image is taken of the instance: what its machine has written goes into it. */
  takeImage(instanceId: string, imageId: string): void {
    const guest = this.#guests.get(instanceId);
    if (!guest) return;
    const taken = async () => {
      const folder = join(await this.#root(), `image-${imageId}`);
      await (await guest).image(folder);
      return folder;
    };
    this.#images.set(imageId, taken());
  }

  async views(): Promise<GuestView[]> {
    return (await this.#all()).map((guest) => guest.view());
  }

  /** Throws a `TypeError` when it is not a fault. Resolves when the guests are so. */
  async addFault(fault: GuestFault): Promise<void> {
    this.faults.add(fault);
    await this.#settle();
  }

  async clearFaults(): Promise<void> {
    this.faults.clear();
    await this.#settle();
  }

  /** Does it to every guest that is meant; how many these were. */
  async act(act: GuestAct, meant: Pick<GuestFault, 'instance' | 'projectId'>): Promise<number> {
    if (!Object.hasOwn(guestActs, act))
      throw new TypeError(`What happens to a guest is one of ${Object.keys(guestActs).join(', ')}.`);
    const guests = (await this.#all()).filter(({ name }) => isMeant(meant, name));
    if (act === 'cut') for (const guest of guests) guest.cut();
    else await Promise.all(guests.map((guest) => guest.losePower()));
    return guests.length;
  }

  /** Ends every guest, and all that runs in them. What comes after it has machines again. */
  async reset(): Promise<void> {
    this.#life.abort();
    this.#life = lifetime();
    this.faults.clear();
    this.reusesAddresses = false;
    const guests = this.#all();
    this.#guests.clear();
    this.#images.clear();
    await Promise.all((await guests).map((guest) => guest.remove()));
  }

  /** The same, and leaves nothing on this machine. */
  async stop(): Promise<void> {
    await this.reset();
    const folder = await this.#folder;
    this.#folder = undefined;
    this.#watchdog?.kill('SIGKILL');
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #isGone({ id, addresses }: InstanceRecord, now: number): void {
    this.#guests.delete(id);
    if (!this.reusesAddresses) return;
    for (const { ip, type, version } of addresses)
      if (type === 'public' && version === 4) this.#freed.push({ ip, at: now });
  }

  async #all(): Promise<Guest[]> {
    return (await Promise.allSettled([...this.#guests.values()])).flatMap((each) =>
      each.status === 'fulfilled' ? [each.value] : [],
    );
  }

  async #settle(): Promise<void> {
    await Promise.all((await this.#all()).map((guest) => guest.settle()));
  }

  async #make(
    instance: InstanceRecord,
    rest: Pick<ConstructorParameters<typeof Guest>[0], 'projectId' | 'floatingIps' | 'keys' | 'image'>,
  ): Promise<Guest> {
    // With it comes all that speaks SSH, which a simulator without guests never loads.
    const [{ Guest }, root] = await Promise.all([import('./guest.ts'), this.#root()]);
    const { clock } = this.#world;
    return new Guest({
      ...rest,
      instance,
      port: this.port,
      faults: this.faults,
      clock,
      folder: join(root, instance.id),
      programs: join(root, 'programs'),
      copyOf: async (imageId) => this.#images.get(imageId),
      delays: () => ({ sshMs: this.#world.delays.guestSshMs, initMs: this.#world.delays.guestInitMs }),
      cloudInit: (image) => this.#cloudInit ?? formOf(image),
      warn: (problem) => this.#warn(problem),
    });
  }

  /** The folder of all guests, made when the first is there. */
  #root(): Promise<string> {
    this.#folder ??= (async () => {
      const [{ programs }, { endWithUs }, folder] = await Promise.all([
        import('./programs.ts'),
        import('./processes.ts'),
        mkdtemp(join(tmpdir(), 'mooring-guests-')),
      ]);
      this.#watchdog = endWithUs(folder);
      await mkdir(join(folder, 'programs'));
      for (const [name, text] of Object.entries(programs)) {
        await writeFile(join(folder, 'programs', name), text);
        await chmod(join(folder, 'programs', name), 0o755);
      }
      return folder;
    })();
    return this.#folder;
  }

  /** Once each: what befalls one guest befalls a thousand. */
  #warn(problem: string): void {
    if (this.#warned.has(problem)) return;
    this.#warned.add(problem);
    const hint = problem.includes('EADDRNOTAVAIL')
      ? ' (guests need a machine on which all of 127.0.0.0/8 is loopback, as on Linux)'
      : '';
    process.emitWarning(`a guest of the simulator: ${problem}${hint}`);
  }
}

/** Every instance that is on its way to another status listens to it. */
function lifetime(): AbortController {
  const life = new AbortController();
  setMaxListeners(0, life.signal);
  return life;
}

/** Debian 13 and Ubuntu 24.04 have the newer one. */
function formOf(image: string): CloudInitForm {
  return /\b(13|24\.04)\b/.test(image) ? '25.1' : '22.4';
}
