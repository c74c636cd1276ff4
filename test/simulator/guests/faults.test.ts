import { connect as connectTcp } from 'node:net';
import { afterAll, afterEach, expect, test } from 'vitest';
import { processesOf } from '../../../src/simulator/guests/processes.ts';
import { guestFaultKinds, type GuestFaultKind, type GuestView } from '../../../src/simulator/index.ts';
import { until } from '../../support/until.ts';
import { connect, createGuestBench, folderOf, run, runOver } from './support.ts';

const bench = createGuestBench();
const tried = new Set<string>();
afterEach(() => bench.guests.clearFaults());
afterAll(async () => {
  await bench.simulator.stop();
  const untried = Object.keys(guestFaultKinds).filter((kind) => !tried.has(kind));
  if (untried.length > 0) throw new Error(`not tried: ${untried.join(', ')}`);
});

async function fault(view: GuestView, kind: GuestFaultKind, rest: { times?: number; delayMs?: number } = {}) {
  tried.add(kind);
  await bench.call('POST', '/guests/faults', { kind, instance: view.instanceId, ...rest });
}

/** How a connection ends, in the words of the client. */
async function ends(
  view: GuestView,
  overrides = {},
): Promise<{ level?: string; code?: string; message: string }> {
  return connect(view, overrides).then(
    (client) => {
      client.destroy();
      return { message: 'it answers' };
    },
    (error: Error) => error,
  );
}

async function cloudInit(view: GuestView) {
  const { ended, out } = await run(view, 'cloud-init status --format json');
  const { status, extended_status, errors, recoverable_errors } = JSON.parse(out);
  return { ended, status, extended_status, errors, recoverable_errors };
}

test('who refuses has nobody at the port, and what is connected stays', async () => {
  const view = await bench.boot();
  const client = await connect(view);
  await fault(view, 'refuses');
  expect(await ends(view)).toMatchObject({ level: 'client-socket', code: 'ECONNREFUSED' });
  expect(await runOver(client, 'echo still')).toMatchObject({ out: 'still\n' });
  await bench.call('DELETE', '/guests/faults');
  expect(await run(view, 'echo again')).toMatchObject({ out: 'again\n' });
  client.end();
});

test('who is silent says no word', async () => {
  const view = await bench.boot();
  await fault(view, 'silent', { times: 1 });
  expect(await ends(view, { readyTimeout: 200 })).toMatchObject({ level: 'client-timeout' });
  expect(await ends(view)).toEqual({ message: 'it answers' });
});

test('a connection is reset, or closed before a word is said', async () => {
  const view = await bench.boot();
  await fault(view, 'resets', { times: 1 });
  expect(await ends(view)).toMatchObject({ level: 'client-socket', code: 'ECONNRESET' });
  await fault(view, 'closes', { times: 1 });
  expect(await ends(view)).toMatchObject({ level: 'protocol' });
});

test('a stranger at the address has a key that nobody knows, and sees no login', async () => {
  const view = await bench.boot();
  await fault(view, 'wrong-host-key');
  expect(await ends(view)).toMatchObject({ level: 'handshake', message: expect.stringContaining('denied') });
});

test('a fault is for those that are meant', async () => {
  const [one, other] = await Promise.all([bench.boot({ name: 'one' }), bench.boot({ name: 'other' })]);
  await bench.guests.addFault({ kind: 'resets', instance: 'on*' });
  expect(await ends(one)).toMatchObject({ code: 'ECONNRESET' });
  expect(await ends(other)).toEqual({ message: 'it answers' });
});

test('a boot that hangs comes no further until it is mended', async () => {
  const id = await bench.make({ name: 'hangs' });
  tried.add('boot-hangs');
  await bench.guests.addFault({ kind: 'boot-hangs', instance: id });
  const view = await until(
    () => bench.viewOf(id),
    (seen) => seen?.bootId,
  );
  expect(await ends(view!)).toMatchObject({ code: 'ECONNREFUSED' });
  await bench.guests.clearFaults();
  expect(await ends(await bench.up(id))).toEqual({ message: 'it answers' });
});

test.each([
  ['Debian 12', 'cloud-init-hangs', { ended: 0, status: 'running' }],
  ['Debian 12', 'cloud-init-error', { ended: 1, status: 'error', errors: [expect.any(String)] }],
  ['Debian 12', 'cloud-init-degraded', { ended: 0, status: 'done' }],
  ['Debian 12', 'cloud-init-disabled', { ended: 0, status: 'disabled' }],
  ['Debian 13', 'cloud-init-hangs', { ended: 0, status: 'running', extended_status: 'running' }],
  ['Debian 13', 'cloud-init-error', { ended: 1, status: 'error', extended_status: 'error - done' }],
  [
    'Debian 13',
    'cloud-init-degraded',
    {
      ended: 2,
      status: 'done',
      extended_status: 'degraded done',
      recoverable_errors: { WARNING: [expect.any(String)] },
    },
  ],
] as const)('%s, %s', async (image, kind, expected) => {
  const id = await bench.make({ image });
  tried.add(kind);
  await bench.guests.addFault({ kind, instance: id });
  const view = await bench.up(id);
  const isSo =
    kind === 'cloud-init-hangs' ? undefined : (seen: { status: string }) => seen.status !== 'running';
  expect(await until(() => cloudInit(view), isSo)).toMatchObject(expected);
});

test('cloud-init ends by itself, and can be waited for; without it there is no such command', async () => {
  const view = await bench.boot();
  expect(await run(view, 'cloud-init status --wait')).toMatchObject({ ended: 0, out: 'status: done\n' });
  await fault(view, 'cloud-init-absent');
  expect(await run(view, 'cloud-init status')).toMatchObject({ ended: 127 });
});

test('on a full disk no byte is written; links and empty files are made', async () => {
  const view = await bench.boot();
  await run(view, 'echo before > file');
  await fault(view, 'disk-full');
  const ran = await run(view, 'echo more > new; ln -s target link; readlink link; cat file; wc -c < new');
  expect(ran).toMatchObject({ out: 'target\nbefore\n0\n', err: expect.stringMatching(/error|too large/) });
  await bench.guests.clearFaults();
  expect(await run(view, 'echo more > new; cat new')).toMatchObject({ out: 'more\n' });
});

test('a connection that is cut before a command has not run it, and one that is cut after has', async () => {
  const view = await bench.boot();
  await fault(view, 'cut-before', { times: 1 });
  await expect(run(view, 'touch before')).rejects.toThrow(Error);
  await fault(view, 'cut-after', { times: 1 });
  // Without an exit status: the client cannot know how it ended.
  const cut = await run(view, 'touch after; sleep 0.2; touch later').catch(() => ({ ended: undefined }));
  expect(cut).toMatchObject({ ended: undefined });
  const { out } = await until(
    () => run(view, 'ls'),
    (seen) => seen.out.includes('later'),
  );
  expect(out).toBe('after\nlater\n');
});

test('a power loss loses what was not synced, and ends what ran', async () => {
  const view = await bench.boot();
  const folder = await folderOf(view);
  const script =
    'mkdir run; ln -s 1:2:3 run/claim; sync run; echo lost > lost; echo kept > run/file; sync run/file; echo lost > run/lost';
  await run(view, `${script}; setsid -f sleep 1000 >/dev/null 2>&1`);
  expect(await bench.call('POST', '/guests/acts', { act: 'power-loss', instance: view.instanceId })).toEqual({
    guests: 1,
  });
  const again = await bench.up(view.instanceId);
  expect(again.bootId).not.toBe(view.bootId);
  expect(again.hostKeys).toEqual(view.hostKeys);
  expect(processesOf(folder)).toEqual([]);
  expect(await run(again, 'ls . run; readlink run/claim')).toMatchObject({
    out: '.:\nrun\n\nrun:\nclaim\nfile\n1:2:3\n',
  });
});

test('all connections are cut at once, and what runs, runs on', async () => {
  const view = await bench.boot();
  const client = await connect(view);
  const command = 'touch begun; until [ -e cut ]; do sleep 0.05; done; touch through';
  const ran = runOver(client, command).catch(() => undefined);
  await until(
    () => run(view, 'ls'),
    ({ out }) => out === 'begun\n',
  );
  await bench.guests.act('cut', { instance: view.instanceId });
  expect(await ran).toMatchObject({ ended: undefined });
  await run(view, 'touch cut');
  await until(
    () => run(view, 'ls'),
    ({ out }) => out.includes('through'),
  );
});

test('an address is used again, by a machine with another key', async () => {
  const bench = createGuestBench();
  await bench.call('POST', '/guests/addresses', { reuse: true });
  const old = await bench.boot();
  await bench.call('DELETE', `/instances/${old.instanceId}`);
  await until(
    () => bench.viewOf(old.instanceId),
    (seen) => seen === undefined,
  );
  const next = await bench.boot();
  expect(next.addresses).toEqual(old.addresses);
  expect(await ends(old)).toMatchObject({ level: 'handshake' });
  await bench.simulator.stop();
});

test.each([
  ['/guests/faults', { kind: 'sleepy' }, /kind of a guest's fault is one of refuses, silent/],
  ['/guests/faults', { kind: 'refuses', times: 2 }, /until it is cleared, and not so many times/],
  ['/guests/faults', { kind: 'silent', path: '*' }, /A fault of a guest has no "path"/],
  ['/guests/acts', { act: 'explode' }, /one of power-loss, cut/],
])('POST %s %o is refused', async (path, body, message) => {
  expect(await bench.call('POST', path, body)).toEqual({ message: expect.stringMatching(message) });
});

test('nobody listens where nothing is', async () => {
  const view = await bench.boot();
  await bench.status(view.instanceId, 'SHUTOFF');
  await until(
    () => bench.viewOf(view.instanceId),
    (seen) => !seen?.isListening,
  );
  const code = await new Promise((resolve) => {
    connectTcp(view.port, view.addresses[0]).once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code),
    );
  });
  expect(code).toBe('ECONNREFUSED');
});
