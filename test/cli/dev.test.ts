import { EventEmitter, once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cli, startCli } from './run-cli.ts';

test('a worker of dev that is killed is replaced, and nothing that a browser reaches is opened', async () => {
  const [port] = await freePorts([{ port: 0, option: '--port' }]);
  const dataDir = join(await temporaryFolder(), 'dev');
  const { child, ended } = startCli(['dev', '--port', String(port), '--data-dir', dataDir]);
  let said = '';
  const heard = new EventEmitter();
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      said += String(data);
      heard.emit('more');
    });
  /** Starting takes what it takes on a busy machine: the time-out is the test's. */
  const shown = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said)?.[1];
      if (found !== undefined) return found;
      await once(heard, 'more');
    }
  };
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });

  const worker = await shown(/worker {7}process (\d+) {3}does the work/);
  process.kill(Number(worker), 'SIGKILL');
  await shown(/ended; starting another[^]*(worker {7}process \d+)/);

  const list = cli(['list', '--region', 'GRA11'], { TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
  await expect(list).resolves.toMatchObject({ code: 0 });
  expect(said).toContain('with --ui-port 8233 it shows them in a browser');
  expect(said).not.toContain('/api/v1/');
  if (process.platform === 'linux') {
    expect(said).toContain('guests       127.x.y.z:2222   answer SSH');
    const [, keyFile = ''] = /ssh run-1 --region GRA11 --identity (\S+)/.exec(said) ?? [];
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
  }
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
});
