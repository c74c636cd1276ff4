import { createConnection, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { ClientChannel, ConnectConfig, PublicKeyAuthMethod, ServerHostKeyAlgorithm } from 'ssh2';
import { timing } from '../contract/timing.ts';
import { errorOf, fieldsOf } from '../contract/unknown.ts';
import { GuestError } from './guest-error.ts';
import { fingerprintOf, keyOf } from './host-key.ts';
import { troubleOf, type SshFailure } from './trouble-of.ts';

/** Where a guest answers, how it proves itself, and how we do. */
export interface GuestAddress {
  host: string;
  port: number;
  user: string;
  /** Public lines, one of which it must prove to have. There is no trust on first use: with none nothing is sent. */
  hostKeys: string[];
}

export interface LoginOptions {
  /** A private key as OpenSSH or PEM writes it, not encrypted. */
  privateKey: Buffer | string;
  /** From the TCP connection to the login, in milliseconds. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

export interface ExecOptions {
  stdin?: Buffer | string;
  /** After so many milliseconds nobody waits for it any more. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

/** How a command in the guest ended, with at most 64 KiB of each of its outputs. */
export interface ExecResult {
  /** Null where a signal ended it. */
  code: number | null;
  stdout: Buffer;
  stderr: Buffer;
}

/** A machine that proved who it is, and lets us in. */
export interface GuestConnection {
  /** The pinned key that it proved to have. */
  readonly hostKey: string;
  readonly isOpen: boolean;
  /**
   * Runs a command line in the login shell.
   *
   * @throws GuestError `lost` where the connection ended first, which is no exit status.
   */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** Whether something in the guest listens on the port of its own loopback. */
  listens(port: number, options?: Omit<ExecOptions, 'stdin'>): Promise<boolean>;
  end(): void;
}

const MOST_OUTPUT = 64 * 1024;

/**
 * A connection to the machine that proved to have one of the pinned keys.
 *
 * @throws GuestError of every trouble but `lost`.
 */
export async function connect(
  address: GuestAddress,
  { privateKey, timeoutMs = timing.loginMs, signal }: LoginOptions,
): Promise<GuestConnection> {
  const { host, port, user } = address;
  const pinned = new Set(address.hostKeys.map(keyOf));
  const key = ssh2.utils.parseKey(privateKey);
  // ssh2 says the same of a file that it cannot read and of a key that is refused.
  if (key instanceof Error) throw new GuestError('worker', `the private key cannot be read: ${key.message}`);
  const client = new ssh2.Client();
  let offered: string | undefined;
  const byKey: PublicKeyAuthMethod = { type: 'publickey', username: user, key: privateKey };
  // Ssh2 lets go of a socket that the other end does not close, and of what still comes in there.
  const socket = createConnection({ host, port });
  const config: ConnectConfig = {
    sock: socket,
    username: user,
    readyTimeout: timeoutMs,
    keepaliveInterval: timing.keepaliveMs,
    keepaliveCountMax: 3,
    algorithms: { serverHostKey: algorithmsOf([...pinned]) },
    // Without a verifier ssh2 takes every key; refused here, the machine has seen no credential.
    hostVerifier: (blob: Buffer) => {
      offered = lineOf(blob);
      return pinned.has(offered);
    },
    // The default tries more than one key, and each refused one counts against us.
    authHandler: [byKey],
  };
  return new Promise((resolve, reject) => {
    const failed = (failure: SshFailure | undefined) => {
      signal?.removeEventListener('abort', abort);
      client.destroy();
      socket.destroy();
      if (offered !== undefined && !pinned.has(offered))
        return reject(new GuestError('wrong key', differs(address, offered)));
      reject(troubleOf(failure, address));
    };
    const abort = () => failed({ message: 'given up' });
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) return abort();
    client
      .on('error', failed)
      // Some ends close without any error: a banner and then nothing, a machine that is still booting.
      .on('close', () => failed(undefined))
      .once('ready', () => {
        signal?.removeEventListener('abort', abort);
        // 50 to 90 ms less for each command.
        client.setNoDelay(true);
        resolve(new SshConnection(client, socket, address, offered ?? ''));
      })
      .connect(config);
  });
}

/** Not exported: the package's types do not depend on those of ssh2, which a consumer need not have. */
class SshConnection implements GuestConnection {
  readonly hostKey: string;
  readonly #client: ssh2.Client;
  readonly #socket: Socket;
  readonly #address: GuestAddress;
  #isOpen = true;
  #ended = new Set<() => void>();

  constructor(client: ssh2.Client, socket: Socket, address: GuestAddress, hostKey: string) {
    this.#client = client;
    this.#socket = socket;
    this.#address = address;
    this.hostKey = hostKey;
    // Without a listener a reset would end the process.
    client.on('error', () => this.#close()).on('close', () => this.#close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  exec(
    command: string,
    { stdin, timeoutMs = timing.commandMs, signal }: ExecOptions = {},
  ): Promise<ExecResult> {
    return this.#asking<ExecResult>(timeoutMs, signal, (resolve, lost) => {
      this.#client.exec(command, (error, channel) => {
        if (error) return lost(error);
        const stdout = collected(channel);
        const stderr = collected(channel.stderr);
        let code: number | null | undefined;
        channel.on('exit', (status: number | null) => (code = status ?? null));
        channel.on('error', lost);
        channel.on('close', () => {
          if (code === undefined) return lost(new Error('it ended without an exit status'));
          resolve({ code, stdout: stdout(), stderr: stderr() });
        });
        // A command that ends before it has read everything must not end us.
        channel.stdin.on('error', () => undefined);
        channel.end(stdin ?? '');
      });
    });
  }

  listens(
    port: number,
    { timeoutMs = timing.commandMs, signal }: Omit<ExecOptions, 'stdin'> = {},
  ): Promise<boolean> {
    return this.#asking<boolean>(timeoutMs, signal, (resolve, lost) => {
      this.#client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, channel) => {
        if (error) {
          const { reason } = fieldsOf(error);
          return reason === undefined ? lost(error) : resolve(false);
        }
        channel.on('error', () => undefined).destroy();
        resolve(true);
      });
    });
  }

  end(): void {
    this.#close();
    this.#client.end();
    this.#socket.destroy();
  }

  #close(): void {
    this.#isOpen = false;
    for (const ended of this.#ended) ended();
    this.#ended.clear();
  }

  #asking<T>(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    ask: (resolve: (answer: T) => void, lost: (why: Error) => void) => void,
  ): Promise<T> {
    const { host, port } = this.#address;
    return new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#ended.delete(ended);
        act();
      };
      const lost = (why: Error) =>
        settle(() =>
          reject(new GuestError('lost', `the connection to ${host}:${port} was lost: ${why.message}`)),
        );
      const ended = () => lost(new Error('it was closed'));
      const abort = () => lost(new Error('given up'));
      const timer = setTimeout(() => lost(new Error(`no answer for ${timeoutMs / 1000} s`)), timeoutMs);
      this.#ended.add(ended);
      signal?.addEventListener('abort', abort, { once: true });
      if (!this.#isOpen) return ended();
      if (signal?.aborted) return abort();
      try {
        ask((answer) => settle(() => resolve(answer)), lost);
      } catch (error) {
        // On a dead connection ssh2 throws at once.
        lost(errorOf(error));
      }
    });
  }
}

function collected(stream: NodeJS.ReadableStream | ClientChannel['stderr']): () => Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < MOST_OUTPUT) chunks.push(chunk);
    length += chunk.length;
  });
  return () => Buffer.concat(chunks).subarray(0, MOST_OUTPUT);
}

/** Only what a pinned key can sign: a machine that has others, too, must show that one. */
function algorithmsOf(pinned: string[]): ServerHostKeyAlgorithm[] {
  const names = pinned.map((line) => line.split(' ')[0] ?? '');
  const signed = names.flatMap((name) => (name === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [name]));
  // Whoever pins a key of another kind is told so by ssh2.
  return signed as ServerHostKeyAlgorithm[];
}

/** SSH writes a key's algorithm before its blob's content; known_hosts wants it in front, too. */
function lineOf(blob: Buffer): string {
  const length = blob.readUInt32BE(0);
  return `${blob.toString('latin1', 4, 4 + length)} ${blob.toString('base64')}`;
}

function differs({ host, port, hostKeys }: GuestAddress, offered: string): string {
  const wanted = hostKeys.map(fingerprintOf).join(' or ');
  return `the machine at ${host}:${port} has the host key ${fingerprintOf(offered)}, not ${wanted}`;
}
