import { setTimeout as sleep } from 'node:timers/promises';
import { timing } from '../../contract/timing.ts';
import { connect, type GuestAddress, type GuestConnection } from '../../guest/connect.ts';
import { GuestError } from '../../guest/guest-error.ts';

/**
 * One in two seconds: OpenSSH shuts out for a while whoever comes more often and ends before the login. It is OpenSSH's limit,
 * so it is no part of `timing`, and no test shortens it.
 */
const PACE_MS = 2000;

/** A guest, and the name of the key that opens it. */
interface Door extends GuestAddress {
  key: string;
}

/**
 * The connections of a process: at most one in two seconds to one address, each kept for a moment, so that what comes next in
 * the same guest needs none of its own.
 */
export class Connections {
  readonly #privateKey: (name: string) => Promise<Buffer>;
  readonly #idle = new Map<string, { guest: GuestConnection; timer: NodeJS.Timeout }>();
  /** When the next connection to an address may begin. */
  readonly #next = new Map<string, number>();

  constructor(privateKey: (name: string) => Promise<Buffer>) {
    this.#privateKey = privateKey;
  }

  /**
   * Acts in a guest. Nobody else acts on the same connection meanwhile; after trouble it is not used again.
   *
   * @throws GuestError, and what the act throws.
   */
  async use<T>(
    door: Door,
    signal: AbortSignal | undefined,
    act: (guest: GuestConnection) => Promise<T>,
  ): Promise<T> {
    const name = JSON.stringify([door.host, door.port, door.user, door.key, door.hostKeys]);
    const guest = this.#taken(name) ?? (await this.#connected(door, signal));
    try {
      const result = await act(guest);
      this.#keep(name, guest);
      return result;
    } catch (error) {
      if (error instanceof GuestError) guest.end();
      else this.#keep(name, guest);
      throw error;
    }
  }

  /** Waits until something may be tried at that address again. */
  async turn({ host, port }: Pick<Door, 'host' | 'port'>, signal: AbortSignal | undefined): Promise<void> {
    const address = `${host}:${port}`;
    const now = performance.now();
    for (const [known, next] of this.#next) if (next < now) this.#next.delete(known);
    const at = Math.max(now, this.#next.get(address) ?? 0);
    this.#next.set(address, at + PACE_MS);
    if (at > now) await sleep(at - now, undefined, signal && { signal });
  }

  close(): void {
    for (const { guest, timer } of this.#idle.values()) {
      clearTimeout(timer);
      guest.end();
    }
    this.#idle.clear();
  }

  async #connected(door: Door, signal: AbortSignal | undefined): Promise<GuestConnection> {
    const privateKey = await this.#privateKey(door.key);
    await this.turn(door, signal);
    return connect(door, { privateKey, signal });
  }

  #taken(name: string): GuestConnection | undefined {
    const idle = this.#idle.get(name);
    if (!idle) return undefined;
    clearTimeout(idle.timer);
    this.#idle.delete(name);
    return idle.guest.isOpen ? idle.guest : undefined;
  }

  #keep(name: string, guest: GuestConnection): void {
    if (!guest.isOpen) return;
    const drop = () => {
      if (this.#idle.get(name)?.guest === guest) this.#idle.delete(name);
      guest.end();
    };
    this.#idle.get(name)?.guest.end();
    const timer = setTimeout(drop, timing.guestIdleMs);
    timer.unref();
    this.#idle.set(name, { guest, timer });
  }
}
