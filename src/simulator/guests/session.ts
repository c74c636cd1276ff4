import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import type { Connection, ServerChannel, Session } from 'ssh2';

import type { Login } from './sshd.ts';

export interface Shell {
  cwd: string;
  env: Record<string, string>;
  isDiskFull: boolean;
}

interface SessionParts {
  /** What a command of this user runs in, asked for when it begins. */
  shellFor: (login: Login) => Shell;
  /** Told that a command begins; false where it must not, because the connection is cut instead. */
  mayRun: () => boolean;
  /** Its own addresses, then the loopback of all: where a forwarded connection leads. */
  forwardsTo: readonly string[];
}

/** Serves who has logged in: commands, a shell, and connections to the guest's own ports. */
export function serveLogin(client: Connection, login: Login, parts: SessionParts): void {
  client.on('session', (accept) => serveSession(accept(), login, parts));
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const isOwn = ['127.0.0.1', 'localhost', '::1', ...parts.forwardsTo].includes(destIP);
    if (login.mayForward && isOwn) forward(parts.forwardsTo, destPort, accept, reject);
    else reject();
  });
  // Keep-alive of clients; none of it is served, and that is an answer.
  client.on('request', (_accept, reject) => reject?.());
}

function serveSession(session: Session, login: Login, parts: SessionParts): void {
  const asked: Record<string, string> = {};
  let child: ChildProcess | undefined;
  let terminal: Record<string, string> | undefined;
  session.on('env', (accept, _reject, { key, val }) => {
    // What Debian's `sshd` takes.
    if (/^(LANG|LC_\w+)$/.test(key)) asked[key] = val;
    accept?.();
  });
  session.on('pty', (accept, _reject, info) => {
    // Its type is in what arrives, though not in the types.
    const { term = 'xterm' } = info as { term?: string };
    terminal = { TERM: term, COLUMNS: String(info.cols), LINES: String(info.rows) };
    accept?.();
  });
  session.on('window-change', (accept) => accept?.());
  session.on('signal', (accept, _reject, { name }) => {
    if (child?.pid !== undefined) signalGroup(child.pid, name);
    accept?.();
  });
  const begin = (accept: () => ServerChannel, reject: () => void, wanted: string | undefined) => {
    if (!parts.mayRun()) return reject();
    const shell = parts.shellFor(login);
    const command = login.command ?? wanted;
    const extra = {
      ...asked,
      SSH_CONNECTION: login.connection,
      SSH_CLIENT: login.connection.split(' ').toSpliced(2, 1).join(' '),
      ...(wanted !== undefined && login.command !== undefined && { SSH_ORIGINAL_COMMAND: wanted }),
      ...terminal,
    };
    child = run(accept(), { ...shell, env: { ...shell.env, ...extra } }, command, terminal !== undefined);
  };
  session.on('exec', (accept, reject, { command }) => begin(accept, reject, command));
  session.on('shell', (accept, reject) => begin(accept, reject, undefined));
}

/** The command's own session and process group, as under `sshd`: it outlives the connection. */
function run(
  channel: ServerChannel,
  shell: Shell,
  command: string | undefined,
  hasTerminal: boolean,
): ChildProcess {
  const words = command === undefined ? ['/bin/sh', hasTerminal ? '-il' : '-l'] : ['/bin/sh', '-c', command];
  const [program, ...args] = shell.isDiskFull ? withoutSpace(words) : hasTerminal ? onTerminal(words) : words;
  const child = spawn(program ?? '/bin/sh', args, {
    cwd: shell.cwd,
    env: shell.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  // It ended without reading all that it was sent.
  child.stdin.on('error', () => {});
  channel.on('error', () => {});
  channel.on('close', () => {
    // As `sshd` does: who writes on meets a broken pipe, and who reads, the end.
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  });
  child.on('error', (error) => {
    channel.stderr.write(`${error.message}\n`);
    channel.exit(126);
    channel.end();
  });
  child.on('exit', (code, signal) => {
    if (!channel.writable) return;
    if (code === null) channel.exit((signal ?? 'SIGKILL').slice(3), false, '');
    else channel.exit(code);
  });
  child.on('close', () => channel.end());
  return child;
}

/** No file may grow. A full disk says "No space left on device" where this says "File too large". */
function withoutSpace(words: string[]): string[] {
  return ['/bin/sh', '-c', `trap '' XFSZ; ulimit -f 0; exec "$@"`, 'sh', ...words];
}

/** By way of `script`, which makes the terminal that Node cannot make. */
function onTerminal(words: string[]): string[] {
  const quoted = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  return ['script', '-qfec', quoted, '/dev/null'];
}

function signalGroup(pid: number, name: string): void {
  try {
    process.kill(-pid, `SIG${name}`);
  } catch {
    // It has ended.
  }
}

/** To the first of the hosts that has somebody at that port. */
function forward(
  [host, ...others]: readonly string[],
  port: number,
  accept: () => ServerChannel,
  reject: () => void,
): void {
  if (host === undefined) return reject();
  const socket = connect({ host, port, noDelay: true });
  socket.once('error', () => forward(others, port, accept, reject));
  socket.once('connect', () => {
    socket.removeAllListeners('error').on('error', () => {});
    const channel = accept();
    channel.on('error', () => {});
    channel.pipe(socket).pipe(channel);
    channel.once('close', () => socket.destroy());
    socket.once('close', () => channel.end());
  });
}
