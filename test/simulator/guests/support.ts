import ssh2, { type ConnectConfig } from 'ssh2';
import { createSimulator, type GuestView, type SimulatorOptions } from '../../../src/simulator/index.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { until } from '../../support/until.ts';

/** A key to log in with, made once: it is not what any test is about. */
export const loginKey = newKey();

export function newKey(): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    // ssh2 makes one now and then that it cannot read.
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

interface Ran {
  /** The exit code, or the signal. */
  ended: number | string | undefined;
  out: string;
  err: string;
}

const times = { bootMs: 20, deleteMs: 20, volumeMs: 20, operationMs: 20, guestSshMs: 20, guestInitMs: 20 };

/** A simulator with guests, in this process, and what tests do with it. */
export function createGuestBench(options: SimulatorOptions = {}) {
  const simulator = createSimulator({ ...times, guests: {}, ...options });
  const guests = simulator.guests;
  if (!guests) throw new Error('it has guests');

  async function call(method: string, path: string, body?: unknown): Promise<any> {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const answer = await simulator.fetch(new Request(`http://127.0.0.1/_simulator${path}`, init));
    return answer.json();
  }

  async function viewOf(id: string): Promise<GuestView | undefined> {
    return (await guests!.views()).find(({ instanceId }) => instanceId === id);
  }

  /** Somebody makes an instance by hand; its user data lets `loginKey` in, unless it says otherwise. */
  async function make(wanted: { name?: string; image?: string; userData?: string; sshKeyId?: string } = {}) {
    const { id } = await call('POST', '/instances', {
      userData: `#cloud-config\nssh_authorized_keys: ['${loginKey.public}']\n`,
      ...wanted,
    });
    return id as string;
  }

  async function up(id: string): Promise<GuestView> {
    const view = await until(
      () => viewOf(id),
      (seen) => seen?.isListening === true,
    );
    return view!;
  }

  return {
    simulator,
    guests,
    call,
    viewOf,
    make,
    up,
    /** The same, and waits until it answers. */
    async boot(wanted?: Parameters<typeof make>[0]) {
      return up(await make(wanted));
    },
    async status(id: string, status: string) {
      await call('POST', `/instances/${id}/status`, { status });
    },
  };
}

/** Connects, pinning the guest's host keys; rejects as `ssh2` does, and also where the connection ends without a word. */
export async function connect(view: GuestView, overrides: ConnectConfig = {}): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).on('error', reject);
    client.once('close', () => reject(new Error('closed')));
    client.connect({
      host: view.addresses[0]!,
      port: view.port,
      username: 'debian',
      privateKey: loginKey.private,
      readyTimeout: PATIENCE_MS,
      hostVerifier: (key: Buffer) => view.hostKeys.some((line) => line.endsWith(key.toString('base64'))),
      ...overrides,
    });
  });
  return client;
}

/** Runs one command over a connection of its own. */
export async function run(view: GuestView, command: string, overrides: ConnectConfig = {}): Promise<Ran> {
  const client = await connect(view, overrides);
  try {
    return await runOver(client, command);
  } finally {
    client.end();
  }
}

export async function runOver(client: ssh2.Client, command: string, input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      const ran: Ran = { ended: undefined, out: '', err: '' };
      channel.on('data', (bytes: Buffer) => (ran.out += bytes.toString()));
      channel.stderr.on('data', (bytes: Buffer) => (ran.err += bytes.toString()));
      channel.on('exit', (code: number | null, signal?: string) => (ran.ended = code ?? signal));
      channel.on('close', () => resolve(ran));
      channel.end(input);
    });
  });
}

/** The folder of a guest on this machine. */
export async function folderOf(view: GuestView): Promise<string> {
  return (await run(view, 'pwd')).out.replace(/\/disk\/.*\n/, '');
}
