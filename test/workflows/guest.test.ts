import { afterAll, beforeAll, expect, test } from 'vitest';
import { GuestStack } from '../support/guest-stack.ts';

let guests: GuestStack;
beforeAll(async () => {
  guests = await GuestStack.start();
});
afterAll(() => guests?.stop());

test('a node is ready once its guest answers, and its script has run once', async () => {
  const project = await guests.project();
  const script = `echo "$1 $WHO" >>${guests.file('first')}; echo out; echo err >&2`;
  const spec = guests.spec(project, {
    deploy: { steps: [{ name: 'setup', script, args: ["it's"], env: { WHO: 'me' } }] },
  });
  const run = await guests.stack.mooring.start('provisionNodeWithVolume', spec);
  const node = await run.result();

  expect(await guests.lines('first')).toEqual(["it's me"]);
  expect(node.ssh).toMatchObject({ user: 'debian', hostKeys: [expect.stringMatching(/^ssh-ed25519 AAAA/)] });
  expect(node.deploy).toEqual([
    {
      name: 'setup',
      outcome: 'ran',
      exitCode: 0,
      tookMs: expect.any(Number),
      stdout: 'out\n',
      stderr: 'err\n',
    },
  ]);

  const again = await (await guests.stack.mooring.start('provisionNodeWithVolume', spec)).result();
  expect(await guests.lines('first')).toHaveLength(1);
  expect(again).toMatchObject({ outcome: 'adopted', deploy: [{ outcome: 'already', exitCode: 0 }] });
});
