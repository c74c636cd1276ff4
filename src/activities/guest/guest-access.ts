import type { GuestTarget } from '../../contract/index.ts';
import { required } from '../../contract/required.ts';
import type { GuestConnection } from '../../guest/connect.ts';
import { derivedHostKey, type DerivedHostKey } from '../../guest/host-key.ts';
import { WorkerSource, type SourceRights } from '../worker-source.ts';
import { Connections } from './connections.ts';
import { workerFault } from '../exactly-once/to-failure.ts';
import { sealed, unsealed } from './sealed-digest.ts';
import { WorkerKeys } from './worker-keys.ts';

/** What of an attempt waits with its signal. */
interface Heeding {
  heeding<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/** What of a worker's configuration concerns guests. */
export interface GuestRights {
  /** The folder of the private keys that it logs in with. */
  keysDirectory: string | undefined;
  /** What host keys are derived from: the first makes new ones, any of them is recognized. */
  hostKeySecrets: readonly string[];
  /** What deploy steps may name. */
  sources: SourceRights;
}

/** Temporal's payloads end at 2 MiB, but a source never enters one: this is what a guest takes in a second. */
const MAX_SOURCE_BYTES = 10 * 1024 * 1024;

/** What a worker has to reach guests with: keys, secrets, sources, connections. None of it leaves the worker. */
export class GuestAccess {
  readonly keys: WorkerKeys;
  readonly sources: WorkerSource;
  readonly #secrets: readonly string[];
  readonly #connections: Connections;

  constructor({ keysDirectory, hostKeySecrets, sources }: GuestRights, env?: NodeJS.ProcessEnv) {
    this.keys = new WorkerKeys(keysDirectory);
    this.#secrets = hostKeySecrets;
    this.#connections = new Connections((name) => this.keys.privateKey(name));
    const kind = {
      directoryVariable: 'MOORING_DEPLOY_DIR',
      namesVariable: 'MOORING_DEPLOY_ENV',
      maxBytes: MAX_SOURCE_BYTES,
      because: 'a step may have',
    };
    this.sources = new WorkerSource(kind, sources, env);
  }

  /** The host keys that a node of this mark may have, the one that a new machine gets first. */
  hostKeys(mark: string): DerivedHostKey[] {
    return this.#secrets.map((secret) => derivedHostKey(secret, mark));
  }

  /** The digest of a source of this worker, as histories may have it. */
  sealed(digest: string): string {
    return sealed(digest, this.#secrets);
  }

  /** @throws WorkerFault where another worker's secret has sealed it. */
  unsealed<Wanted extends { digest: string }>(wanted: Wanted): Wanted {
    const digest = unsealed(wanted.digest, this.#secrets);
    if (digest === undefined)
      throw workerFault('the worker has another MOORING_HOST_KEY_SECRET than the one that began the run');
    return { ...wanted, digest };
  }

  /** @throws GuestError, and what the act throws. */
  use<T>(
    target: GuestTarget,
    attempt: Heeding,
    act: (guest: GuestConnection, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const door = { ...target, key: required(target.key, 'the name of the key that logs in') };
    return attempt.heeding((signal) => this.#connections.use(door, signal, (guest) => act(guest, signal)));
  }

  /** When a port of the guest may be knocked at again. */
  turn(target: GuestTarget, attempt: Heeding): Promise<void> {
    return attempt.heeding((signal) => this.#connections.turn(target, signal));
  }

  close(): void {
    this.#connections.close();
  }
}
