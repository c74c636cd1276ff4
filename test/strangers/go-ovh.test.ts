import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { recording } from './recording.ts';
import { replayed } from './replayed.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/* OVHcloud's own Go client, which its Terraform provider and command line are built on, with the provider's calls. */

const execute = promisify(execFile);

/** The program, built from its pinned modules; or why there is none. */
async function build(): Promise<{ path: string } | { missing: string }> {
  const cwd = fileURLToPath(new URL('go-ovh', import.meta.url));
  const path = join(await temporaryFolder(), 'go-ovh');
  try {
    await execute('go', ['build', '-o', path, '.'], { cwd, timeout: PATIENCE_MS / 2 });
    return { path };
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { missing: absent ? 'there is no go' : 'go cannot build it' };
  }
}

test('orders by region, follows operations, and deletes again', async ({ skip }) => {
  const program = await build();
  if ('missing' in program) return skip(program.missing);
  const simulator = createSimulator(replayed);
  const record = recording(simulator, 'go_ovh');
  const { endpoint, close } = await serveSimulator(record.simulator);
  const { stdout } = await execute(program.path, [JSON.stringify({ ...simulator.first, endpoint })]);
  if (process.env['MOORING_RECORD']) await record.save();
  const { instances, volumes, sshKeys, deleted } = simulator.state();
  await close();
  expect([...instances, ...volumes, ...sshKeys]).toEqual([]);
  expect([deleted.instances.length, deleted.volumes.length]).toEqual([1, 1]);
  expect(JSON.parse(stdout)).toEqual({ name: 'web-é<&>', busy: true, classed: true });
});
