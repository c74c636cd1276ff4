import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type GuestConnection } from '../../src/guest/connect.ts';
import { entryFile } from '../../src/guest/entry.ts';
import { derivedHostKey, fingerprintOf } from '../../src/guest/host-key.ts';
import { look, put, start, stop, type GuestRun } from '../../src/guest/run.ts';
import { AUTHORIZE_KEY, INSTALL_FILE } from '../../src/guest/scripts.ts';
import { hasSshd, loginKey, Sshd } from '../support/sshd.ts';
import { until } from '../support/until.ts';

const hostKey = derivedHostKey('a secret', 'k3f9x2ab');
const login = loginKey();

describe.runIf(hasSshd)('against a real OpenSSH server', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await Sshd.start({ hostKey: hostKey.privateKey, publicKey: login.publicKey });
  });
  afterAll(() => sshd?.stop());

  const open = (hostKeys = [hostKey.publicKey], privateKey = login.privateKey) =>
    connect({ host: sshd.host, port: sshd.port, user: sshd.user, hostKeys }, { privateKey });
  const run = (id: string): GuestRun => ({ base: '', id, asRoot: false });

  test('the derived key is the one that it serves', async () => {
    const guest = await open();
    expect(guest.hostKey).toBe(hostKey.publicKey);
    guest.end();
  });

  test('a machine with another key gets no credential, and both keys are named', async () => {
    const expected = derivedHostKey('another secret', 'k3f9x2ab').publicKey;
    await expect(open([expected])).rejects.toMatchObject({
      trouble: 'wrong key',
      message: expect.stringContaining(
        `${fingerprintOf(hostKey.publicKey)}, not ${fingerprintOf(expected)}`,
      ) as string,
    });
  });

  test('a machine without a key of the pinned kind is another machine', async () => {
    const rsa = 'ssh-rsa AAAAB3NzaC1yc2E=';
    await expect(open([rsa])).rejects.toMatchObject({ trouble: 'wrong key' });
  });

  test('a key that nobody let in is refused', async () => {
    await expect(open(undefined, loginKey('stranger').privateKey)).rejects.toMatchObject({
      trouble: 'login refused',
    });
  });

  test('an exit code is the truth, and output comes with it', async () => {
    const guest = await open();
    const { code, stdout, stderr } = await guest.exec('cat; echo err >&2; exit 7', { stdin: 'in' });
    expect([code, stdout.toString(), stderr.toString()]).toEqual([7, 'in', 'err\n']);
    guest.end();
  });

  test('a port of the guest is looked at from inside', async () => {
    const guest = await open();
    expect(await guest.listens(sshd.port)).toBe(true);
    expect(await guest.listens(1)).toBe(false);
    guest.end();
  });

  test('a script runs once, with its arguments and its environment as they are', async () => {
    const guest = await open();
    const script = Buffer.from('#!/bin/sh\necho "$0" >>ran; printf "%s|" "$@" "$A" >>ran\nexit 3\n');
    const call = { args: ["it's", '$(x) "y"\n*', ''], env: { A: "1'2\n3" } };
    const files = { script, entry: Buffer.from(entryFile(call, 'salt')) };
    expect(await look(guest, run('once'))).toEqual({ state: 'absent' });
    expect(await put(guest, run('once'), 'script', files.script)).toEqual({ put: 'stored' });
    expect(await start(guest, run('once'), files)).toEqual({ missing: 'entry' });
    expect(await put(guest, run('once'), 'entry', files.entry)).toEqual({ put: 'stored' });
    await start(guest, run('once'), files);
    await start(guest, run('once'), files);
    const ended = await until(
      () => look(guest, run('once')),
      ({ state }) => state === 'exited',
    );
    expect(ended).toMatchObject({ state: 'exited', code: 3, stdoutBytes: 0 });
    const ran = await sshd.read('ran');
    expect(ran.match(/script\n/g)).toHaveLength(1);
    expect(ran).toContain(`${[...call.args, call.env.A].join('|')}|`);
    guest.end();
  });

  test('what is stopped before it begins never begins; what runs is ended', async () => {
    const guest = await open();
    expect(await stop(guest, run('never'), 'TERM')).toEqual({ state: 'stopped' });
    expect(await put(guest, run('never'), 'script', Buffer.from('x'))).toEqual({ ran: { state: 'stopped' } });
    const script = Buffer.from('echo begun; exec sleep 60\n');
    const entry = Buffer.from(entryFile({ args: [], env: {} }, 's'));
    await put(guest, run('ended'), 'script', script);
    await put(guest, run('ended'), 'entry', entry);
    await start(guest, run('ended'), { script, entry });
    await until(
      () => look(guest, run('ended')),
      (seen) => seen.state === 'running' && seen.stdout === 'begun\n',
    );
    await stop(guest, run('ended'), 'TERM');
    const ended = await until(
      () => look(guest, run('ended')),
      ({ state }) => state === 'exited',
    );
    expect(ended).toMatchObject({ code: 143 });
    guest.end();
  });

  test('a stop reaches what has left the session of its script, and nothing that a script left which has ended', async () => {
    const guest = await open();
    const daemon = (name: string) =>
      `setsid sh -c 'echo $$ >${name}; exec sleep 60' </dev/null >/dev/null 2>&1 &`;
    const begins = async (id: string, text: string) => {
      const entry = Buffer.from(entryFile({ args: [], env: {} }, 's'));
      const files = { script: Buffer.from(text), entry };
      for (const [name, content] of Object.entries(files)) await put(guest, run(id), name, content);
      await start(guest, run(id), files);
    };
    const pidIn = (name: string) =>
      until(
        () => sshd.read(name).catch(() => ''),
        (text) => text.endsWith('\n'),
      ).then(Number);
    const lives = (pid: number) => existsSync(`/proc/${pid}`);
    await begins('left', daemon('service'));
    await begins('runs', `${daemon('fled')}\nwait; sleep 60`);
    const [service, fled] = [await pidIn('service'), await pidIn('fled')];
    await until(
      () => look(guest, run('left')),
      ({ state }) => state === 'exited',
    );
    for (const id of ['left', 'runs']) await stop(guest, run(id), 'TERM');
    await until(() => !lives(fled));
    expect(lives(service)).toBe(true);
    process.kill(service);
    guest.end();
  });

  /* The whole of it, with workers that die as well, is in `scripts.test.ts`, for a proof. */
  test('scripts run once each while their server and its connections die', async () => {
    const count = 12;
    // So often that no script ends without one, and not so long that a slow machine would never be done.
    const dying = (async () => {
      for (let deaths = 0; deaths < 10; deaths += 1) {
        await sleep(150);
        await sshd.down();
        await sshd.up();
      }
    })();
    const once = async (id: string): Promise<void> => {
      const entry = Buffer.from(entryFile({ args: [], env: {} }, 's'));
      const files = { script: Buffer.from(`sleep 0.1; echo ${id} >>deaths`), entry };
      for (;;) {
        const guest = await open().catch(() => undefined);
        if (!guest) {
          await sleep(50);
          continue;
        }
        try {
          if ((await look(guest, run(id))).state === 'absent') {
            for (const [name, content] of Object.entries(files)) await put(guest, run(id), name, content);
            await start(guest, run(id), files);
          }
          if ((await look(guest, run(id))).state === 'exited') return;
        } catch (error) {
          expect(error).toMatchObject({ trouble: 'lost' });
        } finally {
          guest.end();
        }
      }
    };
    const ids = Array.from({ length: count }, (_, index) => `death-${index}`);
    await Promise.all([dying, ...ids.map(once)]);
    expect((await sshd.read('deaths')).trim().split('\n').toSorted()).toEqual(ids.toSorted());
  });

  const runToEnd = async (guest: GuestConnection, id: string, files: Record<string, Buffer>) => {
    for (const [name, content] of Object.entries(files)) await put(guest, run(id), name, content);
    await start(guest, run(id), files);
    return until(
      () => look(guest, run(id)),
      ({ state }) => state === 'exited',
    );
  };

  test('a file is installed with its mode, and leaves no second copy', async () => {
    const guest = await open();
    const target = `${sshd.home}/etc/deep/app.conf`;
    const entry = Buffer.from(entryFile({ args: [target, '0640', ''], env: {} }, 's'));
    const content = Buffer.from([0, 1, 2, 255, 10]);
    const files = { script: Buffer.from(INSTALL_FILE), entry, content };
    expect(await runToEnd(guest, 'file', files)).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await guest.exec(`stat -c %a ${target}; od -An -tx1 ${target}; ls ~/.mooring/file`);
    expect(
      stdout
        .toString()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['640', '00 01 02 ff 0a', 'claim', 'err', 'exit', 'out', 'pid', 'runner', 'script', '']);
    guest.end();
  });

  test('a public key is added once', async () => {
    const guest = await open();
    await guest.exec('mkdir -p ~/.ssh; printf "no end" >~/.ssh/authorized_keys');
    for (const id of ['key-1', 'key-2'])
      await runToEnd(guest, id, {
        script: Buffer.from(AUTHORIZE_KEY),
        entry: Buffer.from(entryFile({ args: ['ssh-ed25519 AAAA x'], env: {} }, 's')),
      });
    expect(await sshd.read('.ssh/authorized_keys')).toBe('no end\nssh-ed25519 AAAA x\n');
    guest.end();
  });

  test('a connection that is cut under a command is lost, and no exit', async () => {
    const guest = await open();
    const asked = guest.exec('kill -9 $PPID; sleep 5');
    await expect(asked).rejects.toMatchObject({ trouble: 'lost' });
    await expect(guest.exec('true')).rejects.toMatchObject({ trouble: 'lost' });
    await expect(open()).resolves.toBeDefined();
  });

  test('nobody there is not there yet', async () => {
    const nobody = connect(
      { host: '127.0.0.1', port: 1, user: 'x', hostKeys: [hostKey.publicKey] },
      { privateKey: login.privateKey },
    );
    await expect(nobody).rejects.toMatchObject({ trouble: 'unreachable' });
  });
});
