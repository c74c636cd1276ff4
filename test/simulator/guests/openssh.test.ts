import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { GuestView } from '../../../src/simulator/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createGuestBench, loginKey, newKey } from './support.ts';

const execute = promisify(execFile);
const client = ['/usr/bin/ssh', '/usr/local/bin/ssh'].find(existsSync);
const why = client === undefined ? ': skipped, there is no ssh' : '';

describe.skipIf(client === undefined)(`OpenSSH's own client${why}`, () => {
  const bench = createGuestBench();
  afterAll(() => bench.simulator.stop());

  /** Pins the key, asks for nothing, and reads no configuration of whoever runs the tests. */
  async function ssh(view: GuestView, hostKey: string | undefined, ...words: string[]) {
    const folder = await temporaryFolder();
    const path = (name: string) => join(folder, name);
    await writeFile(path('id'), loginKey.private, { mode: 0o600 });
    await writeFile(path('known_hosts'), `[${view.addresses[0]}]:${view.port} ${hostKey}\n`);
    const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${path('known_hosts')}`];
    const args = ['-F', 'none', '-i', path('id'), '-p', String(view.port), '-l', 'debian'];
    for (const option of [...options, 'GlobalKnownHostsFile=none']) args.push('-o', option);
    const to = words[0] === '-tt' ? ['-tt', view.addresses[0]!] : [view.addresses[0]!];
    return execute(client!, [...args, ...to, ...words.filter((word) => word !== '-tt')]).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: Error & { code: number; stdout: string; stderr: string }) => error,
    );
  }

  test('runs a command, and ends with its code', async () => {
    const view = await bench.boot();
    const ran = await ssh(view, view.hostKeys[0], 'echo out; echo err >&2; exit 7');
    expect(ran).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('refuses a machine whose key is another', async () => {
    const view = await bench.boot();
    const other = newKey().public.split(' ', 2).join(' ');
    const ran = await ssh(view, other, 'true');
    expect(ran).toMatchObject({ code: 255, stderr: expect.stringMatching(/verification failed/i) });
  });

  test.skipIf(!existsSync('/usr/bin/script'))('has a terminal where it asks for one', async () => {
    const view = await bench.boot();
    const ran = await ssh(view, view.hostKeys[0], '-tt', 'tty; echo $TERM | tr -d "\\n" | wc -c');
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\/dev\/pts\/\d+\r\n\d+\r\n$/) });
  });
});
