import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { derivedHostKey } from '../../src/guest/host-key.ts';

const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(existsSync);
/** Debian's `openssh-server`, where it is installed. */
export const hasSshd = SSHD !== undefined;

/** A real OpenSSH server on loopback, for the one user that runs it, with a home of its own. */
export class Sshd {
  readonly host: string;
  readonly port: number;
  readonly user = userInfo().username;
  readonly home: string;
  readonly folder: string;
  #config: string;
  #child: ChildProcess | undefined;

  private constructor(parts: { host: string; port: number; folder: string; config: string }) {
    this.host = parts.host;
    this.port = parts.port;
    this.folder = parts.folder;
    this.home = join(parts.folder, 'home');
    this.#config = parts.config;
  }

  /** `hostKey`: as OpenSSH writes it; `publicKey`: who may log in. */
  static async start({
    hostKey,
    publicKey,
    host = '127.0.0.1',
    port,
    config: more = [],
  }: {
    hostKey: string;
    publicKey: string;
    host?: string;
    port?: number;
    /** Further lines of its configuration. */
    config?: string[];
  }): Promise<Sshd> {
    const folder = await mkdtemp(join(tmpdir(), 'mooring-sshd-'));
    const path = (name: string) => join(folder, name);
    await mkdir(path('home'));
    await writeFile(path('host_key'), hostKey, { mode: 0o600 });
    await writeFile(path('authorized_keys'), `${publicKey}\n`, { mode: 0o600 });
    port ??= (await freePorts([{ port: 0, option: 'port' }]))[0] ?? 0;
    const config = [
      `ListenAddress ${host}:${port}`,
      `HostKey ${path('host_key')}`,
      `PidFile ${path('pid')}`,
      `AuthorizedKeysFile ${path('authorized_keys')}`,
      `SetEnv HOME=${path('home')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxStartups 100',
      'PermitRootLogin prohibit-password',
      ...more,
    ];
    await writeFile(path('config'), `${config.join('\n')}\n`);
    // What separates privileges needs it, and only where root runs it.
    if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
    await chmod(folder, 0o755);
    const sshd = new Sshd({ host, port, folder, config: path('config') });
    await sshd.up();
    return sshd;
  }

  async up(): Promise<void> {
    const child = spawn(SSHD ?? 'sshd', ['-D', '-e', '-f', this.#config], { stdio: 'ignore' });
    this.#child = child;
    while (!(await this.#answers())) {
      if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}`);
      await sleep(20);
    }
  }

  /** Kills it, and with `connections` whoever it serves, too; what they run goes on. */
  async down({ connections = true } = {}): Promise<void> {
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const serving = connections ? childrenOf(child.pid) : [];
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    for (const pid of serving) {
      for (const own of childrenOf(pid)) if (commandOf(own).startsWith('sshd')) signal(own);
      signal(pid);
    }
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  read(name: string): Promise<string> {
    return readFile(join(this.home, name), 'utf8');
  }

  #answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, this.host);
      socket.once('data', () => (socket.destroy(), resolve(true)));
      socket.once('error', () => resolve(false));
    });
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').map(Number).filter(Boolean);
}

function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}

/** A key that logs in, made for a test. */
export function loginKey(name = 'tests'): { publicKey: string; privateKey: string } {
  return derivedHostKey('a secret of the tests', name);
}
