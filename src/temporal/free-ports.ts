import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf } from '../contract/unknown.ts';

/** A port that was asked for, and the command line option that asks for it. */
interface WantedPort {
  /** 0: any that is free. */
  port: number;
  option: string;
}

/** A port that nobody else can take until it is released. */
interface Held {
  port: number;
  release(): void;
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

/** Below those that a kernel gives to whoever asks for any: one of ours is nobody else's before it is taken. */
const [FIRST_PORT, LAST_PORT] = [10_000, 32_000];

async function holdAny(option: string): Promise<Held> {
  for (let tries = 100; ; tries -= 1)
    try {
      return await hold({ port: randomInt(FIRST_PORT, LAST_PORT), option });
    } catch (error) {
      if (tries === 1) throw error;
    }
}

async function hold({ port, option }: WantedPort): Promise<Held> {
  if (port === 0) return holdAny(option);
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const why = codeOf(cause) === 'EADDRINUSE' ? 'is in use' : 'cannot be used';
    throw new Error(`Port ${port} ${why} on 127.0.0.1; choose another with ${option}.`, { cause });
  }
  return { port, release: () => server.close() };
}
