import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ServerChannel, type Session } from 'ssh2';
import { describe, expect, test, type TestContext } from 'vitest';
import { connect, type GuestConnection } from '../../src/guest/connect.ts';
import { entryFile } from '../../src/guest/entry.ts';
import { derivedHostKey } from '../../src/guest/host-key.ts';
import { look, put, start, stop, type GuestRun, type RunState } from '../../src/guest/run.ts';
import { lastLine } from '../../src/guest/shown.ts';
import { hasSshd, loginKey, Sshd } from '../support/sshd.ts';
import { until } from '../support/until.ts';

/* Guests that are not as they should be, by malice or by chance: what each ends as, and that nothing runs twice. */

const hostKey = derivedHostKey('a secret', 'k3f9x2ab');
const login = loginKey();
const open = (host: string, port: number, user: string) =>
  connect({ host, port, user, hostKeys: [hostKey.publicKey] }, { privateKey: login.privateKey });

let count = 0;
/** Of its own: all of these guests share the processes of this machine. */
const newRun = (): GuestRun => ({ base: '', id: `strange-${process.pid}-${(count += 1)}`, asRoot: false });
const filesOf = (script: string) => ({
  script: Buffer.from(script),
  entry: Buffer.from(entryFile({ args: [], env: {} }, 's')),
});

async function begin(guest: GuestConnection, of: GuestRun, script: string): Promise<void> {
  const files = filesOf(script);
  for (const [name, content] of Object.entries(files)) await put(guest, of, name, content);
  await start(guest, of, files);
}

const ended = (guest: GuestConnection, of: GuestRun): Promise<RunState> =>
  until(
    () => look(guest, of),
    ({ state }) => state !== 'running' && state !== 'absent',
  );

/** A real server, in which each command is given to what `through` says, as `$SSH_ORIGINAL_COMMAND`. */
async function behind(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  through?: string,
): Promise<{ sshd: Sshd; guest: GuestConnection }> {
  const config = through === undefined ? [] : [`ForceCommand ${through}`];
  const sshd = await Sshd.start({ hostKey: hostKey.privateKey, publicKey: login.publicKey, config });
  onTestFinished(() => sshd.stop());
  const guest = await open(sshd.host, sshd.port, sshd.user);
  onTestFinished(() => guest.end());
  return { sshd, guest };
}

async function newFolder({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-strange-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const COMMAND = '"$SSH_ORIGINAL_COMMAND"';

describe.runIf(hasSshd).concurrent('a login by', () => {
  const serves: [what: string, through: string, needs: string][] = [
    ['dash', `dash -c ${COMMAND}`, 'dash'],
    ['bash', `bash -c ${COMMAND}`, 'bash'],
    ['busybox', `busybox sh -c ${COMMAND}`, 'busybox'],
    ['zsh', `zsh -c ${COMMAND}`, 'zsh'],
    ['fish', `fish -c ${COMMAND}`, 'fish'],
    ['a shell that greets, and ends no line', `printf '\\033]0;title\\007Welcome'; sh -c ${COMMAND}`, 'sh'],
    ['a shell that greets with an answer of ours', `echo absent of mind; sh -c ${COMMAND}`, 'sh'],
  ];
  for (const [what, through, needs] of serves)
    test.runIf(has(needs))(`${what} runs a script once`, async (context) => {
      const { sshd, guest } = await behind(context, through);
      const run = newRun();
      expect(await look(guest, run)).toEqual({ state: 'absent' });
      await begin(guest, run, `echo "it's \\\\ $0" >>ran; exit 3`);
      await begin(guest, run, 'echo another >>ran');
      expect(await ended(guest, run)).toMatchObject({ state: 'exited', code: 3 });
      expect(await sshd.read('ran')).toMatch(/^it's \\ \S+script\n$/);
    });

  const refuses: [what: string, through: string, trouble: string, says: RegExp][] = [
    [
      'nologin',
      `echo This account is currently not available.; exit 1`,
      'login refused',
      /currently not available/,
    ],
    [
      'root of a cloud image',
      `echo 'Please login as the user "debian" rather than the user "root".'; exit 142`,
      'login refused',
      /Please login as the user "debian"/,
    ],
    ['a shell that ends at once', 'exit 0', 'lost', /exit 0\): it said nothing/],
    ['a greeting without end', `yes | head -c 1000000; sh -c ${COMMAND}`, 'lost', /did not run.*: y y y/],
    ['a C shell, which takes no lines in quotes', `tcsh -fc ${COMMAND}`, 'lost', /Unmatched/],
  ];
  for (const [what, through, trouble, says] of refuses)
    test.runIf(!through.startsWith('tcsh') || has('tcsh'))(`${what} runs nothing`, async (context) => {
      const { guest } = await behind(context, through);
      const run = newRun();
      await expect(look(guest, run)).rejects.toMatchObject({
        trouble,
        message: expect.stringMatching(says) as string,
      });
    });

  const sudos: [what: string, says: string, trouble: string][] = [
    ['in English', 'sudo: a password is required', 'login refused'],
    ['in German', 'sudo: Ein Passwort ist notwendig', 'login refused'],
    ['that wants a terminal', 'sudo: sorry, you must have a tty to run sudo', 'login refused'],
    ['that does not know the host', 'sudo: unable to resolve host web-1: Name or service not known', 'lost'],
  ];
  for (const [what, says, trouble] of sudos)
    test(`a sudo ${what}`, async (context) => {
      const folder = await newFolder(context);
      await writeFile(join(folder, 'sudo'), `#!/bin/sh\necho '${says}' >&2\nexit 1\n`);
      await chmod(join(folder, 'sudo'), 0o755);
      const { guest } = await behind(context, `PATH=${folder}:$PATH sh -c ${COMMAND}`);
      const run = newRun();
      await expect(look(guest, { ...run, asRoot: true })).rejects.toMatchObject({ trouble });
    });
});

describe.runIf(hasSshd).concurrent('an output', () => {
  test('of 100 MB on one line is read by its end', async (context) => {
    const { guest } = await behind(context);
    const run = newRun();
    await begin(guest, run, `head -c 100000000 /dev/zero | tr '\\000' x`);
    const seen = (await ended(guest, run)) as Extract<RunState, { state: 'exited' }>;
    expect(seen).toMatchObject({ code: 0, stdoutBytes: 100_000_000 });
    expect(seen.stdout).toBe('x'.repeat(8192));
    expect(lastLine(seen.stdout)).toBe('x'.repeat(200));
  });

  test('of any bytes hides no answer, and tells a terminal nothing', async (context) => {
    const { guest } = await behind(context);
    const run = newRun();
    await begin(
      guest,
      run,
      `head -c 20000 /dev/urandom; printf 'exited 0 0 0\\n\\000\\033[2J10 %%\\r\\033]0;title\\00720 %%\\n'; exit 5`,
    );
    const seen = (await ended(guest, run)) as Extract<RunState, { state: 'exited' }>;
    expect(seen).toMatchObject({ state: 'exited', code: 5 });
    expect(lastLine(seen.stdout)).toBe(']0;title 20 %');
  });

  test('that does not end keeps no stop from it', async (context) => {
    const { guest } = await behind(context);
    const run = newRun();
    await begin(guest, run, 'while :; do echo noise; echo noise >&2; done');
    await until(
      () => look(guest, run),
      (seen) => seen.state === 'running' && seen.stdoutBytes > 10_000,
    );
    await stop(guest, run, 'TERM');
    expect(await ended(guest, run)).toMatchObject({ state: 'exited', code: 143 });
  });
});

/** Root may mount, if not in every container; elsewhere there is no small disk to fill. */
const mayMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

describe.runIf(hasSshd && mayMount).concurrent('a disk', () => {
  async function small(context: TestContext, options: string): Promise<GuestRun & { folder: string }> {
    const folder = await newFolder(context);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status).toBe(0);
    context.onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    return { ...newRun(), base: folder, folder };
  }
  const fill = (folder: string) => spawnSync('sh', ['-c', `cat /dev/zero >${folder}/full 2>/dev/null`]);
  const of = ({ base, id, asRoot }: GuestRun): GuestRun => ({ base, id, asRoot });

  test('that is full when a script is put takes none of it', async (context) => {
    const { folder, ...on } = await small(context, 'size=256k');
    const { guest } = await behind(context);
    fill(folder);
    expect(await put(guest, of(on), 'script', Buffer.from('exit 0'))).toMatchObject({
      put: 'torn',
      why: expect.stringMatching(/No space left/) as string,
    });
    expect(await look(guest, of(on))).toEqual({ state: 'absent' });
  });

  test("that has no room for a folder either is full, and no stranger's", async (context) => {
    const { folder, ...on } = await small(context, 'size=256k,nr_inodes=4');
    const { guest } = await behind(context);
    spawnSync('sh', ['-c', `for n in 1 2 3 4; do : >${folder}/$n; done 2>/dev/null`]);
    const full = { put: 'torn', why: expect.stringMatching(/No space left/) as string };
    expect(await put(guest, of(on), 'script', Buffer.from('exit 0'))).toMatchObject(full);
    const below = { ...of(on), base: join(folder, '.mooring') };
    expect(await put(guest, below, 'script', Buffer.from('exit 0'))).toMatchObject(full);
  });

  test('that is full when a script shall begin begins none, and begins it once there is room', async (context) => {
    const { folder, ...on } = await small(context, 'size=256k');
    const { guest, sshd } = await behind(context);
    const files = filesOf('echo x >>ran');
    for (const [name, content] of Object.entries(files)) await put(guest, of(on), name, content);
    fill(folder);
    expect(await start(guest, of(on), files)).toEqual({ missing: 'runner' });
    expect(await look(guest, of(on))).toEqual({ state: 'absent' });
    await rm(join(folder, 'full'));
    await start(guest, of(on), files);
    expect(await ended(guest, of(on))).toMatchObject({ code: 0 });
    expect(await sshd.read('ran')).toBe('x\n');
  });

  test('that is full while a script writes and ends tells its exit code all the same', async (context) => {
    const { folder, ...on } = await small(context, 'size=256k');
    const { guest } = await behind(context);
    await begin(guest, of(on), `cat /dev/zero >${folder}/full; echo lost; exit 7`);
    expect(await ended(guest, of(on))).toMatchObject({ code: 7 });
  });

  test('from which nothing may be executed says so', async (context) => {
    const { folder: _, ...on } = await small(context, 'size=256k,noexec');
    const { guest } = await behind(context);
    await begin(guest, of(on), 'exit 0');
    expect(await ended(guest, of(on))).toMatchObject({ state: 'exited', code: 126 });
  });
});

test.runIf(hasSshd)(
  'a machine that does not close its end keeps no socket of the worker',
  async (context) => {
    const sshd = await Sshd.start({ hostKey: hostKey.privateKey, publicKey: login.publicKey });
    context.onTestFinished(() => sshd.stop());
    const clinging: Socket[] = [];
    const clings = createServer({ allowHalfOpen: true }, (socket) => {
      clinging.push(socket);
      const far = createConnection({ host: sshd.host, port: sshd.port });
      // Each may be passed what its other end no longer takes.
      for (const end of [socket, far]) end.on('error', () => undefined);
      socket.pipe(far);
      far.pipe(socket, { end: false });
    }).listen(0, '127.0.0.1');
    await once(clings, 'listening');
    const { port } = clings.address() as AddressInfo;
    context.onTestFinished(() => {
      for (const socket of clinging) socket.destroy();
      clings.close();
    });
    const sockets = () => process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
    const before = sockets();
    const guest = await open('127.0.0.1', port, sshd.user);
    expect(sockets()).toBeGreaterThan(before);
    guest.end();
    // What has come to its end at the other side is not active any more.
    await until(() => sockets() <= before);
  },
);

describe.concurrent('a server', () => {
  const says = (text: string) => (channel: ServerChannel) => {
    channel.write(text);
    channel.exit(0);
    channel.end();
  };
  const rows: [what: string, answers: (channel: ServerChannel) => void, says: RegExp][] = [
    ['that never answers a command', () => undefined, /no answer for 0.5 s/],
    ['that ends without an exit status', (channel) => channel.end(), /without an exit status/],
    ['that floods', (channel) => flood(channel), /no answer for 0.5 s/],
    ['that answers half', says('exited'), /did not run/],
    ['that answers with no number', says('exited zero 1 1\n'), /did not run/],
    ['that lost it in a way of its own', says('lost dream 1 1\n'), /did not run/],
    ['that answers something else', says('stored\n'), /answered "stored " to something else/],
  ];
  test.each(rows)('%s has told nothing', async (_, answers, message) => {
    const server = await odd((session) =>
      session.on('exec', (accept) => {
        answers(accept());
      }),
    );
    const guest = await open('127.0.0.1', (server.address() as AddressInfo).port, 'x');
    const timeoutMs = /no answer/.test(message.source) ? 500 : 20_000;
    await expect(look(guest, newRun(), { timeoutMs })).rejects.toMatchObject({
      trouble: 'lost',
      message: expect.stringMatching(message) as string,
    });
    guest.end();
    server.close();
  });

  test('that runs no command has told nothing', async () => {
    const server = await odd((session) => session.on('exec', (_accept, reject) => reject()));
    const guest = await open('127.0.0.1', (server.address() as AddressInfo).port, 'x');
    await expect(look(guest, newRun())).rejects.toMatchObject({ trouble: 'lost' });
    guest.end();
    server.close();
  });
});

function flood(channel: ServerChannel): void {
  const chunk = Buffer.alloc(32_768, 'x');
  const more = () => {
    while (channel.writable && channel.write(chunk));
  };
  channel.on('drain', more);
  more();
}

/** Lets everybody in, and serves them as said. */
function odd(serves: (session: Session) => unknown): Promise<ssh2.Server> {
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => serves(accept()));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
