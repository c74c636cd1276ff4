import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GuestStack } from '../support/guest-stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cli, envOf, startCli } from './run-cli.ts';

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
    cli(['deploy', ...ref, '--key', 'tests', '--ssh-port', port, '--script', script], env),
    cli(['ssh', ...ref, '-p', port, '-i', key, '--', 'echo in the machine; exit 7'], env),
  ]);
  expect(deployed).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('script "bad.sh" ended with 3: no such disk'),
  });
  expect(inside).toMatchObject({ code: 7, stdout: 'in the machine\n' });

  const TMPDIR = await temporaryFolder();
  const long = ['ssh', ...ref, '-p', port, '-i', key, '--', 'echo on; sleep 60'];
  const { child, ended } = startCli(long, { ...env, TMPDIR });
  await Promise.race([once(child.stdout!, 'data'), ended]);
  expect(await readdir(TMPDIR)).toHaveLength(1);
  child.kill('SIGINT');
  expect((await ended).code).not.toBe(0);
  expect(await readdir(TMPDIR)).toEqual([]);
});

test('steps of a file run in their order, each once, as a list and as an object with steps', async () => {
  const project = await guests.project();
  await (await guests.stack.mooring.start('provisionNodeWithVolume', guests.spec(project))).result();
  const port = String(guests.stack.simulator.guests?.port);
  const ref = ['web-1', '--project', project.alias, '--region', 'GRA11'];
  const file = guests.file('steps.yaml');
  const done = guests.file('from-a-file');
  const deploy = () =>
    cli(['deploy', ...ref, '--key', 'tests', '--ssh-port', port, '-f', file], envOf(guests.stack));
  const list = `- name: conf\n  file: ${guests.file('conf')}\n  content: "first\\n"\n- name: note\n  script: cat ${guests.file('conf')} >>${done}\n`;

  await writeFile(file, list);
  expect(await deploy()).toMatchObject({ code: 0 });
  await writeFile(file, `steps:\n${list}`);
  expect(await deploy()).toMatchObject({ code: 0, stdout: expect.stringMatching(/note +already/) });
  expect(await guests.lines('from-a-file')).toEqual(['first']);
});
