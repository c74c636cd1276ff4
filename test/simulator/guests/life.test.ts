import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { processesOf } from '../../../src/simulator/guests/processes.ts';
import type { GuestView } from '../../../src/simulator/index.ts';
import { until } from '../../support/until.ts';
import { Caller } from '../support.ts';
import { connect, createGuestBench, folderOf, loginKey, newKey, run } from './support.ts';

const bench = createGuestBench();
afterAll(() => bench.simulator.stop());

/** Waits until the guest is off, by its boot id. */
async function off(id: string): Promise<void> {
  await until(
    () => bench.viewOf(id),
    (seen) => seen?.bootId === null,
  );
}

/** Waits until it answers in another boot than the one that was seen. */
async function upAgain({ instanceId, bootId }: GuestView): Promise<GuestView> {
  const seen = await until(
    () => bench.viewOf(instanceId),
    (seen) => seen?.isListening && seen.bootId !== bootId,
  );
  return seen!;
}

/** Signs for the instance's own calls, which the control plane has not. */
async function ovh(method: string, path: string, body: object): Promise<any> {
  const caller = new Caller(bench.simulator, bench.simulator.first, Date.now);
  const answer = await caller.project(method, path, body);
  expect(answer.status).toBeLessThan(300);
  return answer.body;
}

test('a stopped machine has nothing running, and its files when it starts again', async () => {
  const view = await bench.boot();
  const folder = await folderOf(view);
  await run(view, 'echo kept > file; setsid -f sleep 1000 >/dev/null 2>&1');
  await ovh('POST', `/instance/${view.instanceId}/stop`, {});
  await off(view.instanceId);
  expect(processesOf(folder)).toEqual([]);
  await ovh('POST', `/instance/${view.instanceId}/start`, {});
  const again = await bench.up(view.instanceId);
  expect(again.hostKeys).toEqual(view.hostKeys);
  expect(await run(again, 'cat file')).toMatchObject({ out: 'kept\n' });
});

test('a halt asks before it ends; a hard reboot does not, and loses what was not written', async () => {
  const view = await bench.boot();
  const waits = `sh -c 'trap "echo asked > asked; exit" TERM; touch waits; while :; do sleep 0.02; done'`;
  const begin = `rm -f asked waits; setsid -f ${waits} >/dev/null 2>&1; until [ -e waits ]; do sleep 0.02; done`;
  await run(view, begin);
  await ovh('POST', `/instance/${view.instanceId}/reboot`, { type: 'soft' });
  const again = await upAgain(view);
  expect(await run(again, 'cat asked')).toMatchObject({ out: 'asked\n' });

  await run(again, `${begin}; sync; echo lost > lost`);
  await ovh('POST', `/instance/${view.instanceId}/reboot`, { type: 'hard' });
  expect(await run(await upAgain(again), 'ls')).toMatchObject({ out: 'waits\n' });
});

test('in rescue another system answers at the address: another key, and root by password alone', async () => {
  const view = await bench.boot();
  await run(view, 'touch mine');
  const { adminPassword } = await ovh('POST', `/instance/${view.instanceId}/rescueMode`, { rescue: true });
  await upAgain(view);
  await expect(connect(view)).rejects.toThrow(/denied/);
  const rescue = { username: 'root', password: adminPassword, hostVerifier: () => true };
  expect(await run(view, 'hostname; ls', rescue)).toMatchObject({ out: 'rescue\n' });
  await ovh('POST', `/instance/${view.instanceId}/rescueMode`, { rescue: false });
  await until(
    () => run(view, 'ls').catch(() => ({ out: '' })),
    (seen) => seen.out === 'mine\n',
  );
});

test('a shelved machine is off, and the same one when it comes back', async () => {
  const view = await bench.boot();
  await run(view, 'touch mine');
  await ovh('POST', `/instance/${view.instanceId}/shelve`, {});
  await until(
    () => bench.simulator.state().instances.find(({ id }) => id === view.instanceId),
    (seen) => seen?.status === 'SHELVED_OFFLOADED',
  );
  await off(view.instanceId);
  await ovh('POST', `/instance/${view.instanceId}/unshelve`, {});
  expect(await run(await bench.up(view.instanceId), 'ls')).toMatchObject({ out: 'mine\n' });
});

test('a reinstalled machine is empty; its user data is what it was', async () => {
  const key = newKey();
  const view = await bench.boot({
    userData: `#cloud-config\n${JSON.stringify({ ssh_authorized_keys: [loginKey.public], ssh_keys: { ed25519_private: key.private } })}`,
  });
  await run(view, 'touch mine');
  const { imageId } = bench.simulator.state().instances.find(({ id }) => id === view.instanceId)!;
  await ovh('POST', `/instance/${view.instanceId}/reinstall`, { imageId });
  const again = await upAgain(view);
  expect(again.hostKeys).toEqual(view.hostKeys);
  expect(await run(again, 'ls')).toMatchObject({ out: '' });
});

test('a machine made of an image of another has its files, and keys of its own', async () => {
  const view = await bench.boot();
  await run(view, 'touch written; sync; touch unwritten');
  await ovh('POST', `/instance/${view.instanceId}/snapshot`, { snapshotName: 'image-of-it' });
  const image = await until(
    () => bench.simulator.state().imageSnapshots.find(({ name }) => name === 'image-of-it'),
    (seen) => seen?.status === 'active',
  );
  const { flavorId } = bench.simulator.state().instances.find(({ id }) => id === view.instanceId)!;
  const { id } = await ovh('POST', '/instance', {
    name: 'copy',
    region: 'GRA11',
    flavorId,
    imageId: image!.id,
    userData: `#cloud-config\nssh_authorized_keys: ['${loginKey.public}']\n`,
  });
  const copy = await bench.up(id);
  expect(copy.hostKeys).not.toEqual(view.hostKeys);
  expect(await run(copy, 'ls')).toMatchObject({ out: 'written\n' });
});

test('two machines are two: names, files, processes, boot ids', async () => {
  const both = await Promise.all([bench.boot({ name: 'left' }), bench.boot({ name: 'right' })]);
  const command = 'hostname; touch "$(hostname)"; ls; cat /proc/sys/kernel/random/boot_id';
  const [left, right] = await Promise.all(both.map((view) => run(view, command)));
  expect(left!.out).toBe(`left\nleft\n${both[0].bootId}\n`);
  expect(right!.out).toBe(`right\nright\n${both[1].bootId}\n`);
});

test('after a reset no guest is there, and none of what ran', async () => {
  const bench = createGuestBench();
  const view = await bench.boot();
  const folder = await folderOf(view);
  await run(view, 'setsid -f sleep 1000 >/dev/null 2>&1');
  bench.simulator.reset();
  await until(() => processesOf(folder).length === 0 && !existsSync(folder));
  expect(await bench.guests.views()).toEqual([]);
  await run(await bench.boot(), 'true');
  await bench.simulator.stop();
});

test('a simulator that is killed leaves no process and no file behind', async () => {
  const simulator = new URL('../../../src/simulator/index.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(simulator)}).then((m) => m.runSimulator({ guests: true, bootMs: '1', guestSshMs: '1' }))`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const control = new URL('/_simulator/', JSON.parse(line.toString()).endpoint);
  const userData = `#cloud-config\nssh_authorized_keys: ['${loginKey.public}']\n`;
  await fetch(new URL('instances', control), { method: 'POST', body: JSON.stringify({ userData }) });
  const [view] = await until(
    async () => (await (await fetch(new URL('guests', control))).json()) as any[],
    ([seen]) => seen?.isListening,
  );
  const folder = await folderOf(view);
  await run(view, 'setsid -f sleep 1000 >/dev/null 2>&1');
  expect(processesOf(folder)).not.toEqual([]);
  child.kill('SIGKILL');
  await until(() => processesOf(folder).length === 0 && !existsSync(folder));
});
