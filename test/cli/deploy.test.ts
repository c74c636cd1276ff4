import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GuestStack } from '../support/guest-stack.ts';
import { cli, envOf } from './run-cli.ts';

let guests: GuestStack;
beforeAll(async () => {
  guests = await GuestStack.start();
});
afterAll(() => guests?.stop());

test('deploy and ssh end as the script and the command in the machine do', async () => {
  const project = await guests.project();
  await (await guests.stack.mooring.start('provisionNodeWithVolume', guests.spec(project))).result();
  const env = envOf(guests.stack);
  const port = String(guests.stack.simulator.guests?.port);
  const ref = ['web-1', '--project', project.alias, '--region', 'GRA11'];
  const key = join(guests.folder, 'keys', 'tests');
  const script = guests.file('bad.sh');
  await writeFile(script, 'echo no such disk >&2; exit 3\n');

  // The port is the one that the node's last run says.
  expect(await cli(['ssh', ...ref, '-i', key, '--', 'echo here; exit 5'], env)).toMatchObject({
    code: 5,
    stdout: 'here\n',
  });
  const [deployed, inside] = await Promise.all([
    cli(['deploy', ...ref, '--ssh-key', 'tests', '--ssh-port', port, '--script', script], env),
    cli(['ssh', ...ref, '-p', port, '-i', key, '--', 'echo in the machine; exit 7'], env),
  ]);
  expect(deployed).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('script "bad.sh" ended with 3: no such disk'),
  });
  expect(inside).toMatchObject({ code: 7, stdout: 'in the machine\n' });
});
