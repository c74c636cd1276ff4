import { createServer, type Server, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';

import { findAuthorizedKey } from './authorized-keys.ts';
import type { HostKey } from './host-keys.ts';

/** Who has logged in. */
export interface Login {
  user: string;
  /** Runs instead of whatever is asked for. */
  command?: string;
  mayForward: boolean;
  /** As `SSH_CONNECTION` says it: the client's address and port, and ours. */
  connection: string;
}

interface SshdParts {
  /** Where it answers now: a floating IP comes and goes. */
  addresses: () => readonly string[];
  port: number;
  /** Asked anew for each connection: a fault may put another in its place. */
  hostKeys: () => readonly HostKey[];
  /** The `authorized_keys` of a user; undefined where there is no such user. */
  authorizedKeys: (user: string) => Promise<string | undefined>;
  /** Lets some people in by password: the rescue system. */
  password?: string;
  /** What happens to a connection before SSH begins: it is answered, held and never answered, reset, or closed. */
  meets: () => 'answer' | 'silence' | 'reset' | 'close';
  onLogin: (client: Connection, login: Login) => void;
}

/** The SSH server of one guest, at all of its addresses. */
export class Sshd {
  readonly #parts: SshdParts;
  /** By address. */
  readonly #listening = new Map<string, Server>();
  readonly #sockets = new Set<Socket>();
  /** By the host keys that they serve: making one costs more than a connection. */
  readonly #servers = new Map<string, ssh2.Server>();

  constructor(parts: SshdParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#listening.size > 0;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Listens at every address that it has now, and at no other. */
  async open(): Promise<void> {
    const { addresses, port } = this.#parts;
    const hosts = addresses();
    for (const [host, server] of this.#listening) if (!hosts.includes(host)) this.#close(host, server);
    await Promise.all(
      hosts.map(async (host) => {
        if (this.#listening.has(host)) return;
        const server = createServer({ noDelay: true }, (socket) => this.#take(socket));
        this.#listening.set(host, server);
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen({ host, port }, resolve);
        });
      }),
    );
  }

  /** Takes no more connections; those that are there stay, as when `sshd` itself dies. */
  async stopListening(): Promise<void> {
    for (const [host, server] of this.#listening) this.#close(host, server);
  }

  #close(host: string, server: Server): void {
    this.#listening.delete(host);
    if (server.listening) server.close();
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    await this.stopListening();
    this.cut();
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A client that resets its connection is no news.
    socket.on('error', () => {});
    const met = this.#parts.meets();
    if (met === 'reset') socket.resetAndDestroy();
    else if (met === 'close') socket.end();
    else if (met === 'answer') this.#serverFor(this.#parts.hostKeys())?.injectSocket(socket);
  }

  /** Undefined where there is no host key: then `sshd` closes the connection. */
  #serverFor(hostKeys: readonly HostKey[]): ssh2.Server | undefined {
    const id = hostKeys.map(({ line }) => line).join('\n');
    const known = this.#servers.get(id);
    if (known || hostKeys.length === 0) return known;
    const server = new ssh2.Server(
      { hostKeys: hostKeys.map((key) => key.private), ident: 'OpenSSH_9.2p1 simulated' },
      (client, { ip, port }) => this.#greet(client, `${ip} ${port}`),
    );
    this.#servers.set(id, server);
    return server;
  }

  #greet(client: Connection, from: string): void {
    let login: Login | undefined;
    client.on('error', () => {});
    client.on('authentication', (context) => {
      const admission = this.#authenticate(context).catch(() => undefined);
      void admission.then((admitted) => {
        if (!admitted) return context.reject(['publickey']);
        login = { ...admitted, connection: `${from} ${this.#parts.addresses()[0]} ${this.#parts.port}` };
        context.accept();
      });
    });
    client.on('ready', () => login && this.#parts.onLogin(client, login));
  }

  async #authenticate(context: AuthContext): Promise<Omit<Login, 'connection'> | undefined> {
    const { username: user } = context;
    const open = { user, mayForward: true };
    if (context.method === 'password')
      return this.#parts.password !== undefined && context.password === this.#parts.password
        ? open
        : undefined;
    if (context.method !== 'publickey') return undefined;
    const { key, signature, blob, hashAlgo } = context;
    const file = await this.#parts.authorizedKeys(user);
    const found = file === undefined ? undefined : findAuthorizedKey(file, key.data);
    if (!found) return undefined;
    if (signature && blob) {
      const parsed = ssh2.utils.parseKey(`${key.algo} ${key.data.toString('base64')}`);
      if (parsed instanceof Error) return undefined;
      if ([parsed].flat()[0]?.verify(blob, signature, hashAlgo) !== true) return undefined;
    }
    const { command, mayForward } = found;
    return { user, mayForward, ...(command !== undefined && { command }) };
  }
}
