import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'ssh2';

import type { SimulatorClock } from '../options.ts';
import { cloudInitStatus, type CloudInitForm } from './cloud-init-status.ts';
import type { Disk } from './disk.ts';
import type { GuestFaults, GuestName } from './guest-faults.ts';
import { newHostKey, type HostKey } from './host-keys.ts';
import { endAll } from './processes.ts';
import { serveLogin, type Shell } from './session.ts';
import type { Setup } from './setup.ts';
import { Sshd, type Login } from './sshd.ts';

export interface BootParts {
  guest: GuestName;
  disk: Disk;
  setup: Setup;
  faults: GuestFaults;
  clock: SimulatorClock;
  addresses: () => readonly string[];
  port: number;
  /** From power to `sshd`, and from there to the end of cloud-init, in milliseconds. */
  delays: { sshMs: number; initMs: number };
  /** Undefined where the system has no cloud-init. */
  cloudInit: CloudInitForm | undefined;
  warn: (problem: string) => void;
}

/** How long what runs has to end by itself when the machine halts. */
const PATIENCE_MS = 3000;

/** One life of a machine, from its power to its end. */
export class Boot {
  bootId = '';
  /** Whether a command ever ran: where none did there is nothing to end and nothing to lose. */
  hasRun = false;
  readonly #parts: BootParts;
  readonly #sshd: Sshd;
  readonly #life = new AbortController();
  #isFrozen = false;
  #stage: 'starting' | 'sshd' | 'up' = 'starting';
  #strangersKey: HostKey | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: BootParts) {
    this.#parts = parts;
    const { addresses, port, setup, disk } = parts;
    this.#sshd = new Sshd({
      addresses,
      port,
      hostKeys: () => this.#hostKeys(),
      authorizedKeys: async (user) =>
        setup.users.some(({ name }) => name === user) ? disk.authorizedKeys(user) : undefined,
      ...(setup.password !== undefined && { password: setup.password }),
      meets: () => this.#meets(),
      onLogin: (client, login) => this.#serve(client, login),
    });
  }

  get connections(): number {
    return this.#sshd.connections;
  }

  get isListening(): boolean {
    return this.#sshd.isOpen;
  }

  /** Begins; what comes later comes by itself. */
  async start(): Promise<void> {
    const { disk, setup } = this.#parts;
    this.bootId = await disk.boots(setup.hostname);
    void this.#proceed();
  }

  async #proceed(): Promise<void> {
    const { clock, delays } = this.#parts;
    const { signal } = this.#life;
    await clock.sleep(delays.sshMs, signal).catch(() => {});
    if (signal.aborted) return;
    this.#stage = 'sshd';
    await this.settle();
    await clock.sleep(delays.initMs, signal).catch(() => {});
    if (signal.aborted) return;
    this.#stage = 'up';
    await this.settle();
  }

  /** Does what its stage and its faults want of it now. */
  async settle(): Promise<void> {
    this.#work = this.#work
      .then(() => this.#settle())
      .catch((error: Error) => this.#parts.warn(error.message));
    await this.#work;
  }

  async #settle(): Promise<void> {
    const { guest, faults } = this.#parts;
    if (this.#life.signal.aborted || this.#stage === 'starting') return;
    await this.#writeCloudInit();
    const isClosed = faults.has(guest, 'refuses') || faults.has(guest, 'boot-hangs');
    if (isClosed) await this.#sshd.stopListening();
    else await this.#sshd.open();
    // It was powered off while the port opened.
    if (this.#life.signal.aborted) await this.#sshd.close();
  }

  async #writeCloudInit(): Promise<void> {
    const { guest, faults, setup, disk, cloudInit, clock } = this.#parts;
    const has = (kind: 'hangs' | 'error' | 'degraded' | 'disabled' | 'absent') =>
      faults.has(guest, `cloud-init-${kind}`);
    if (cloudInit === undefined || has('absent')) return disk.cloudInit(undefined);
    const isRunning = this.#stage !== 'up' || has('hangs');
    const { exitCode, line, json } = cloudInitStatus(
      {
        isRunning,
        errors:
          has('error') && this.#stage === 'up'
            ? ["('scripts_user', RuntimeError('Runparts: 1 failures'))"]
            : [],
        warnings: [...setup.problems, ...(has('degraded') ? ['Unhandled unknown content-type'] : [])],
        isDisabled: has('disabled'),
        at: clock.now(),
      },
      cloudInit,
    );
    const state = isRunning ? 'running' : 'settled';
    await disk.cloudInit(`${exitCode} ${state} ${line}\n${JSON.stringify(json, null, 2)}\n`);
  }

  /** Its processes stand still, and nobody answers. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
  }

  /** Resets every connection; what runs, runs on. */
  cut(): void {
    this.#sshd.cut();
  }

  /** Ends all of it. Halting, it is asked to, and all is written; else it ends at once, and nothing more is. */
  async stop(how: 'halt' | 'power-loss' | 'for-good'): Promise<void> {
    this.#life.abort();
    await this.#sshd.close();
    if (!this.hasRun) return;
    const { disk } = this.#parts;
    if (how === 'power-loss') await disk.stopWriting();
    await endAll(disk.folder, { patienceMs: how === 'halt' ? PATIENCE_MS : 0 });
    if (how === 'power-loss') await disk.loseUnwritten();
    if (how === 'halt') await disk.sync();
  }

  #hostKeys(): readonly HostKey[] {
    const { guest, faults, setup } = this.#parts;
    if (!faults.meet(guest, 'wrong-host-key')) return setup.hostKeys;
    this.#strangersKey ??= newHostKey('ed25519');
    return [this.#strangersKey];
  }

  #meets(): 'answer' | 'silence' | 'reset' | 'close' {
    const { guest, faults } = this.#parts;
    if (this.#isFrozen) return 'silence';
    switch (faults.meet(guest, 'silent', 'resets', 'closes')?.kind) {
      case 'silent':
        return 'silence';
      case 'resets':
        return 'reset';
      case 'closes':
        return 'close';
      default:
        return 'answer';
    }
  }

  #serve(client: Connection, login: Login): void {
    serveLogin(client, login, {
      shellFor: ({ user }) => this.#shellFor(user),
      forwardsTo: [...this.#parts.addresses(), '127.0.0.1'],
      mayRun: () => this.#mayRun(),
    });
  }

  #mayRun(): boolean {
    const { guest, faults } = this.#parts;
    const fault = faults.meet(guest, 'cut-before', 'cut-after');
    if (fault?.kind === 'cut-before') {
      this.cut();
      return false;
    }
    if (fault) void sleep(fault.delayMs ?? 0).then(() => this.cut());
    return true;
  }

  #shellFor(user: string): Shell {
    const { disk, guest, faults } = this.#parts;
    this.hasRun = true;
    const home = disk.home(user);
    return {
      cwd: home,
      isDiskFull: faults.has(guest, 'disk-full'),
      env: {
        HOME: home,
        USER: user,
        LOGNAME: user,
        SHELL: '/bin/sh',
        LANG: 'C.UTF-8',
        PATH: `${disk.folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      },
    };
  }
}
