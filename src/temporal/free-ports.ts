import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { codeOf } from '../contract/unknown.ts';

/** A port that was asked for, and the command line option that asks for it. */
interface WantedPort {
  /** 0: any that is free. */
  port: number;
  option: string;
}

/**
 * Ports of 127.0.0.1 that are free, in the order they were asked for. All are held until all are known, so no two are alike.
 *
 * @throws an `Error` that names the port and the option when one is taken
 */
export async function freePorts(wanted: WantedPort[]): Promise<number[]> {
  const held = await Promise.allSettled(wanted.map(hold));
  for (const result of held) if (result.status === 'fulfilled') result.value.release();
  return held.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value.port;
  });
}

async function hold({ port, option }: WantedPort): Promise<{ port: number; release(): void }> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const why = codeOf(cause) === 'EADDRINUSE' ? 'is in use' : 'cannot be used';
    throw new Error(`Port ${port} ${why} on 127.0.0.1; choose another with ${option}.`, { cause });
  }
  // It listens, and on no pipe.
  return { port: (server.address() as AddressInfo).port, release: () => server.close() };
}
