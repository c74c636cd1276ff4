import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { freePorts } from '../../src/temporal/free-ports.ts';

/** A way to Temporal, to be cut; `delayMs`: a long one, on which whatever is asked arrives so much later. */
export class Line {
  readonly #to: { host: string; port: number };
  readonly #delayMs: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(address: string, { delayMs = 0 }: { delayMs?: number } = {}) {
    this.#delayMs = delayMs;
    const [host = '', port] = address.split(':');
    this.#to = { host, port: Number(port) };
  }

  async mend(): Promise<string> {
    if (this.#port === 0) [this.#port = 0] = await freePorts([{ port: 0, option: '' }]);
    this.#server = createServer((near) => {
      const far = createConnection(this.#to);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      if (this.#delayMs === 0) near.pipe(far);
      else near.on('data', (some) => setTimeout(() => far.write(some), this.#delayMs));
      far.pipe(near);
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
    return `127.0.0.1:${this.#port}`;
  }

  async cut(): Promise<void> {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
