import { afterAll, expect, test } from 'vitest';
import { connect } from '../../../src/guest/connect.ts';
import { entryFile } from '../../../src/guest/entry.ts';
import { look, put, start, stop, type GuestRun } from '../../../src/guest/run.ts';
import type { GuestView } from '../../../src/simulator/index.ts';
import { until } from '../../support/until.ts';
import { createGuestBench, loginKey, run as runCommand } from './support.ts';

const bench = createGuestBench();
afterAll(() => bench.simulator.stop());

const open = (view: GuestView) =>
  connect(
    { host: view.addresses[0]!, port: view.port, user: 'debian', hostKeys: view.hostKeys },
    { privateKey: loginKey.private },
  );

const named = (id: string): GuestRun => ({ base: '', id, asRoot: false });

/** Stores a script and begins it, as a deploy step does. */
async function begin(view: GuestView, run: GuestRun, text: string) {
  const guest = await open(view);
  const files = {
    script: Buffer.from(text),
    entry: Buffer.from(entryFile({ args: ['a b'], env: {} }, 'salt')),
  };
  for (const [name, content] of Object.entries(files))
    expect(await put(guest, run, name, content)).toEqual({ put: 'stored' });
  await start(guest, run, files);
  return guest;
}

test('a run in a guest ends with its exit code and its output, as its user or as root', async () => {
  const view = await bench.boot();
  for (const run of [named('once'), { ...named('once'), asRoot: true }]) {
    const guest = await begin(view, run, '#!/bin/sh\necho "$USER" "$1"; exit 3\n');
    const ended = await until(
      () => look(guest, run),
      ({ state }) => state === 'exited',
    );
    const user = run.asRoot ? 'root' : 'debian';
    expect(ended).toMatchObject({ state: 'exited', code: 3, stdout: `${user} a b\n` });
    guest.end();
  }
});

test.each(['reboot', 'power loss'])('after a %s a run is lost, and is not run again', async (how) => {
  const view = await bench.boot();
  const run = named('lost');
  const guest = await begin(view, run, '#!/bin/sh\necho >>~/ran; sync ~/ran; exec sleep 1000\n');
  await until(
    () => runCommand(view, 'ls'),
    ({ out }) => out === 'ran\n',
  );
  guest.end();
  if (how === 'reboot') {
    await bench.status(view.instanceId, 'REBOOT');
    await bench.status(view.instanceId, 'ACTIVE');
  } else await bench.guests.act('power-loss', { instance: view.instanceId });
  const again = await until(
    () => bench.viewOf(view.instanceId),
    (seen) => seen?.isListening && seen.bootId !== view.bootId,
  );
  const after = await open(again!);
  const expected = { state: 'lost', how: 'reboot' };
  // An orderly halt gives the runner the time to say how the script ended.
  expect([expected, { state: 'exited', code: 143 }]).toContainEqual(
    expect.objectContaining(await look(after, run).then(({ state }) => ({ state }))),
  );
  const files = { script: Buffer.from('echo >>~/ran'), entry: Buffer.from('') };
  await start(after, run, files);
  expect((await runCommand(again!, 'wc -l <ran')).out.trim()).toBe('1');
  after.end();
});

test('on a full disk nothing is stored by half, and what is stopped never begins', async () => {
  const view = await bench.boot();
  const guest = await open(view);
  await bench.guests.addFault({ kind: 'disk-full', instance: view.instanceId });
  expect(await put(guest, named('full'), 'script', Buffer.from('true'))).toMatchObject({ put: 'torn' });
  expect(await stop(guest, named('full'), 'TERM')).toEqual({ state: 'stopped' });
  await bench.guests.clearFaults();
  expect(await look(guest, named('full'))).toEqual({ state: 'stopped' });
  guest.end();
});
