import { afterAll, expect, test } from 'vitest';
import { processesOf } from '../../../src/simulator/guests/processes.ts';
import { until } from '../../support/until.ts';
import { connect, createGuestBench, folderOf, loginKey, newKey, run, runOver } from './support.ts';

const bench = createGuestBench();
afterAll(() => bench.simulator.stop());

test('a guest has the host key, the name and the keys of its user data, and runs a real shell in a home of its own', async () => {
  const hostKey = newKey();
  const config = {
    hostname: 'web-1',
    ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public },
    ssh_authorized_keys: [loginKey.public],
  };
  const view = await bench.boot({ name: 'first', userData: `#cloud-config\n${JSON.stringify(config)}` });
  expect(view).toMatchObject({ hostname: 'web-1', users: ['root', 'debian'] });
  expect(view.hostKeys).toEqual([hostKey.public.split(' ', 2).join(' ')]);
  expect(view.addresses).toEqual([expect.stringMatching(/^127\./)]);

  const ran = await run(view, 'cd; pwd; echo $USER; hostname; echo wrong >&2; exit 3');
  expect(ran).toEqual({
    ended: 3,
    err: 'wrong\n',
    out: expect.stringMatching(/home\/debian\ndebian\nweb-1\n$/),
  });
  expect((await run(view, 'kill -TERM $$')).ended).toBe('SIGTERM');
  await expect(run(view, 'true', { privateKey: newKey().private })).rejects.toThrow(/authentication/);
  await expect(run(view, 'true', { username: 'nobody-here' })).rejects.toThrow(/authentication/);
});

test('what is sent arrives, and what comes back is whole', async () => {
  const view = await bench.boot();
  const client = await connect(view);
  const text = 'x'.repeat(1_000_000);
  expect(await runOver(client, 'cat', text)).toEqual({ ended: 0, out: text, err: '' });
  client.end();
});

test('root says whom to come as, and sudo is root by name and home', async () => {
  const view = await bench.boot();
  const { out } = await run(view, 'sudo -n -H sh -c "pwd; echo \\$USER \\$HOME"');
  expect(out).toMatch(/home\/debian\nroot .*\/disk\/root\n$/);
  // The image's own line, which ends after ten seconds.
  const keys = await run(view, 'sudo -n sh -c "cat \\$HOME/.ssh/authorized_keys"');
  expect(keys.out).toContain('Please login as the user \\"debian\\" rather than the user \\"root\\".');
  const client = await connect(view, { username: 'root' });
  const said = await new Promise<string>((resolve) => {
    client.exec('true', (_error, channel) => channel.once('data', (bytes: Buffer) => resolve(String(bytes))));
  });
  client.destroy();
  expect(said.trim()).toBe('Please login as the user "debian" rather than the user "root".');
});

test('a key that is added in the guest lets in', async () => {
  const view = await bench.boot();
  const other = newKey();
  await run(view, `echo '${other.public}' >> ~/.ssh/authorized_keys`);
  expect((await run(view, 'echo in', { privateKey: other.private })).out).toBe('in\n');
});

test('what runs outlives its connection, and ends with the instance, whatever session it is in', async () => {
  const view = await bench.boot();
  const folder = await folderOf(view);
  const client = await connect(view);
  await runOver(client, 'setsid -f sh -c "sleep 1000; true" </dev/null >/dev/null 2>&1');
  client.destroy();
  await until(
    async () => processesOf(folder),
    (started) => started.length === 2,
  );
  await bench.call('DELETE', `/instances/${view.instanceId}`);
  await until(
    async () => processesOf(folder),
    (left) => left.length === 0,
  );
  expect(await bench.viewOf(view.instanceId)).toBeUndefined();
});

test('after a reboot the boot id is another, the files are there, and what ran is gone', async () => {
  const view = await bench.boot();
  const folder = await folderOf(view);
  const before = await run(
    view,
    'echo kept > file; setsid -f sleep 1000 >/dev/null 2>&1; cat /proc/sys/kernel/random/boot_id',
  );
  await bench.status(view.instanceId, 'REBOOT');
  await until(
    async () => processesOf(folder),
    (left) => left.length === 0,
  );
  await bench.status(view.instanceId, 'ACTIVE');
  await bench.up(view.instanceId);
  const after = await run(view, 'cat file /proc/sys/kernel/random/boot_id');
  expect(after.out).toMatch(/^kept\n[0-9a-f-]{36}\n$/);
  expect(after.out).not.toContain(before.out);
});

test('a connection leads to the ports of the guest itself', async () => {
  const view = await bench.boot();
  const client = await connect(view);
  const banner = await new Promise<string>((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, '127.0.0.1', view.port, (error, channel) => {
      if (error) return reject(error);
      channel.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    });
  });
  expect(banner).toMatch(/^SSH-2\.0-/);
  const refused = await new Promise<Error | undefined>((resolve) => {
    client.forwardOut('127.0.0.1', 0, '127.0.0.1', 1, (error) => resolve(error));
  });
  expect(refused).toMatchObject({ reason: 2 });
  client.end();
});
