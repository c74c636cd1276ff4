import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const unit = await readFile(new URL('../../deploy/systemd/mooring-worker.service', import.meta.url), 'utf8');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test.skipIf(!hasSystemd)('systemd understands the unit (needs systemd-analyze)', async () => {
  const file = join(await temporaryFolder(), 'mooring-worker.service');
  // The program must be there for the check.
  await writeFile(file, unit.replace('/opt/mooring/node_modules/.bin/mooring', process.execPath));
  const verify = () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], {
      encoding: 'utf8',
    });
    return { status, stderr };
  };

  expect(verify()).toEqual({ status: 0, stderr: '' });
  const security = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', file], {
    encoding: 'utf8',
  });
  expect(Number(/exposure level .*: ([\d.]+)/.exec(security)?.[1])).toBeLessThan(3);

  await writeFile(
    file,
    `${unit.replace('/opt/mooring/node_modules/.bin/mooring', process.execPath)}RestartWhen=never\n`,
  );
  expect(verify().stderr).toContain('RestartWhen');
});

test('systemd gives a worker the time that it needs, and no second try with a wrong configuration', () => {
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(150);
  expect(unit).toMatch(/^RestartPreventExitStatus=2$/m);
});
