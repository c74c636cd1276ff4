import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { simulatorFlags } from '../../src/simulator/flags.ts';
import { runSimulator } from '../../src/simulator/index.ts';
import { settle } from '../../src/simulator/options.ts';

test('says in one line where it is and which keys it takes, and ends on SIGTERM', async () => {
  const entry = new URL('../../src/simulator/index.ts', import.meta.url).href;
  const script = `import(${JSON.stringify(entry)}).then((m) => m.runSimulator({ seed: '7', switch: ['voidAnswer=204'] }))`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { endpoint, ...keys } = JSON.parse(line.toString());
  expect(Object.keys(keys)).toEqual([
    'projectId',
    'applicationKey',
    'applicationSecret',
    'consumerKey',
    'clientId',
    'clientSecret',
    'region',
  ]);
  expect((await fetch(`${endpoint}/auth/time`)).status).toBe(200);
  const switches = await fetch(new URL('/_simulator/switches', endpoint));
  expect(await switches.json()).toMatchObject({ voidAnswer: '204' });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each<[flags: object, message: string]>([
  [{ bootMs: 'soon' }, 'bootMs takes a number that is not negative, not "soon".'],
  [{ switch: ['voidAnswer'] }, 'A switch is given as name=value, not "voidAnswer".'],
  [{ switch: ['voidAnswer=no'] }, 'The switch voidAnswer takes null, empty, 204.'],
  [{ botMs: 1 }, 'The simulator has no flag "botMs".'],
])('%o is refused', async (flags, message) => {
  await expect(runSimulator(flags)).rejects.toThrow(message);
});

test('the flags name the defaults that hold', () => {
  const { delays, rateLimit } = settle({});
  expect(simulatorFlags).toMatchObject(
    Object.fromEntries(
      Object.entries({ ...delays, rateLimit }).map(([name, value]) => [name, { default: value }]),
    ),
  );
});
