import { rm } from 'node:fs/promises';

import type { Image } from '../catalogue/images.ts';
import type { InstanceRecord } from '../world/records.ts';
import { Boot, type BootParts } from './boot.ts';
import type { CloudInitForm } from './cloud-init-status.ts';
import { Disk } from './disk.ts';
import type { GuestName } from './guest-faults.ts';
import { isAbrupt, powerIn } from './power.ts';
import { signalAll } from './processes.ts';
import { rescueSystem, setUp, type Setup } from './setup.ts';

/** What the park gives each of its guests. */
interface GuestParts extends Pick<BootParts, 'faults' | 'clock' | 'port' | 'warn'> {
  instance: InstanceRecord;
  projectId: string;
  /** The floating IPs that come in at it now. */
  floatingIps: () => string[];
  /** The public key that OVH was told when it was made. */
  keys: readonly string[];
  image: () => Image | undefined;
  /** A folder that this guest may make. */
  folder: string;
  /** The programs that guests have before this machine's own. */
  programs: string;
  /** The folder of an image that was taken of a guest. */
  copyOf: (imageId: string) => Promise<string | undefined>;
  delays: () => BootParts['delays'];
  cloudInit: (image: string) => CloudInitForm;
}

/** What the control plane says of a guest. */
export interface GuestView extends GuestName {
  hostname: string | null;
  /** Where it answers, if it does. */
  addresses: string[];
  port: number;
  isListening: boolean;
  /** Changes with every boot; null while it is off. */
  bootId: string | null;
  users: string[];
  /** As a `known_hosts` file has them, without the host. */
  hostKeys: string[];
  connections: number;
  /** What cloud-init warned of. */
  problems: string[];
}

/** The machine behind an instance. It does what the instance's status says, one thing after the other. */
export class Guest {
  readonly #parts: GuestParts;
  readonly #disk: Disk;
  #setup: Setup | undefined;
  #boot: Boot | undefined;
  #isRescue = false;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: GuestParts) {
    this.#parts = parts;
    this.#disk = new Disk(parts.folder);
  }

  get name(): GuestName {
    const { instance, projectId } = this.#parts;
    return { instanceId: instance.id, name: instance.name, projectId };
  }

  view(): GuestView {
    return {
      ...this.name,
      hostname: this.#setup?.hostname ?? null,
      addresses: this.#addresses(),
      port: this.#parts.port,
      isListening: this.#boot?.isListening ?? false,
      bootId: this.#boot?.bootId ?? null,
      users: this.#setup?.users.map(({ name }) => name) ?? [],
      hostKeys: this.#setup?.hostKeys.map(({ line }) => line) ?? [],
      connections: this.#boot?.connections ?? 0,
      problems: this.#setup?.problems ?? [],
    };
  }

  /** The instance is in another status: undefined when it is gone for good. */
  becomes(status: string | undefined): Promise<void> {
    return this.#next(() => this.#become(status));
  }

  /** Its faults have changed. */
  settle(): Promise<void> {
    return this.#next(async () => this.#boot?.settle());
  }

  cut(): void {
    this.#boot?.cut();
  }

  /** Loses its power and gets it back, while OVH's status stays what it is. */
  losePower(): Promise<void> {
    return this.#next(async () => {
      if (!this.#boot) return;
      await this.#halt('power-loss');
      await this.#start(this.#isRescue);
    });
  }

  /** What an image of it holds. */
  image(to: string): Promise<void> {
    return this.#next(async () => this.#setup && this.#disk.image(to));
  }

  /** Ends it and all that runs in it, and leaves nothing. */
  remove(): Promise<void> {
    return this.#next(async () => {
      await this.#boot?.stop('for-good');
      this.#boot = undefined;
      await this.#disk.remove();
    });
  }

  async #next(act: () => Promise<unknown>): Promise<void> {
    this.#work = this.#work.then(act).then(
      () => {},
      (error: Error) => this.#parts.warn(error.message),
    );
    await this.#work;
  }

  async #become(status: string | undefined): Promise<void> {
    if (status === undefined) return this.#leave();
    const power = powerIn(status);
    if (power === 'frozen' || this.#boot) this.#freeze(power === 'frozen');
    if (power === 'off') {
      if (this.#boot) await this.#halt(isAbrupt(status) ? 'power-loss' : 'halt');
      // From a fresh image: cloud-init will make it anew.
      if (status === 'REBUILD') this.#setup = undefined;
    } else if (power !== 'frozen' && !(this.#boot && this.#isRescue === (power === 'rescue'))) {
      if (this.#boot) await this.#halt('halt');
      await this.#start(power === 'rescue');
    }
  }

  async #leave(): Promise<void> {
    if (this.#boot) await this.#halt('for-good');
    await this.#disk.remove();
  }

  #freeze(isFrozen: boolean): void {
    this.#boot?.freeze(isFrozen);
    if (this.#boot?.hasRun) signalAll(this.#parts.folder, isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async #halt(how: Parameters<Boot['stop']>[0]): Promise<void> {
    await this.#boot?.stop(how);
    this.#boot = undefined;
    if (this.#isRescue) await rm(this.#rescueFolder, { recursive: true, force: true });
  }

  async #start(isRescue: boolean): Promise<void> {
    this.#isRescue = isRescue;
    const { image, cloudInit, delays, instance, ...parts } = this.#parts;
    const disk = isRescue ? new Disk(this.#rescueFolder) : this.#disk;
    const setup = isRescue ? await this.#rescue(disk) : await this.#firstBoot();
    const boot = new Boot({
      ...parts,
      guest: this.name,
      disk,
      setup,
      addresses: () => this.#addresses(),
      delays: delays(),
      cloudInit: isRescue ? undefined : cloudInit(image()?.name ?? ''),
    });
    this.#boot = boot;
    await boot.start();
  }

  /** What it has been since its first boot. */
  async #firstBoot(): Promise<Setup> {
    if (this.#setup) return this.#setup;
    const { instance, keys, image, programs, copyOf } = this.#parts;
    const setup = setUp({
      userData: instance.userData,
      user: image()?.user ?? 'debian',
      keys,
      name: instance.name,
    });
    await this.#disk.make(programs, await copyOf(instance.imageId));
    await this.#disk.addUsers(setup.users);
    this.#setup = setup;
    return setup;
  }

  async #rescue(disk: Disk): Promise<Setup> {
    const setup = rescueSystem(this.#parts.instance.rescuePassword ?? '');
    await disk.make(this.#parts.programs);
    await disk.addUsers(setup.users);
    return setup;
  }

  get #rescueFolder(): string {
    return `${this.#parts.folder}-rescue`;
  }

  /** Those on this machine's loopback: public ones, and private ones of a subnet that somebody has laid there. */
  #addresses(): string[] {
    const { instance, floatingIps } = this.#parts;
    const all = [...instance.addresses.map(({ ip }) => ip), ...floatingIps()];
    return all.filter((ip) => ip.startsWith('127.'));
  }
}
