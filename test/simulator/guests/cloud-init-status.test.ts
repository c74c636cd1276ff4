import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cloudInitState } from '../../../src/guest/cloud-init.ts';
import { cloudInitStatus, type CloudInitRun } from '../../../src/simulator/guests/cloud-init-status.ts';
import { pythonWithCloudInit } from '../../support/cloud-init.ts';

const python = await pythonWithCloudInit('configobj==5.0.9');
const why = 'missing' in python ? `: skipped, ${python.missing}` : '';

const at = Date.parse('2026-04-01T12:00:00Z');
const rows: CloudInitRun[] = [
  { isRunning: true, errors: [], warnings: [], at },
  { isRunning: true, errors: ['it broke'], warnings: [], at },
  { isRunning: false, errors: [], warnings: [], at },
  { isRunning: false, errors: [], warnings: ['careful'], at },
  { isRunning: false, errors: ['it broke', 'and again'], warnings: [], at },
];

test.skipIf('missing' in python)(`cloud-init 22.4 itself says the same of all of it${why}`, () => {
  if ('missing' in python) return;
  const script = fileURLToPath(new URL('../../support/cloud_init_status.py', import.meta.url));
  const input = rows.map(({ isRunning, errors }) => ({
    v1: {
      datasource: 'DataSourceOpenStack [net,ver=2]',
      'modules-final': { errors, start: at / 1000 - 1, finished: isRunning ? null : at / 1000 },
      init: { errors: [], start: at / 1000, finished: at / 1000 },
      stage: isRunning ? 'modules-final' : null,
    },
  }));
  const options = { input: JSON.stringify(input), env: python.env, encoding: 'utf8' } as const;
  const said = JSON.parse(execFileSync(python.path, [script], options)) as object[];
  const ours = rows.map((run) => cloudInitStatus(run, '22.4'));
  expect(ours.map(({ exitCode, json }) => ({ exitCode, json }))).toEqual(said);
});

// As the code of 25.1.4 has it: `translate_status` and `handle_status_args`.
test.each([
  [rows[0], 0, 'running', 'running'],
  [rows[1], 1, 'error', 'error - running'],
  [rows[2], 0, 'done', 'done'],
  [rows[3], 2, 'done', 'degraded done'],
  [{ ...rows[3]!, isRunning: true }, 2, 'running', 'degraded running'],
  [rows[4], 1, 'error', 'error - done'],
  [{ ...rows[2]!, isDisabled: true }, 0, 'disabled', 'disabled'],
])('25.1 says of %o: %i, %s, %s', (run, exitCode, status, extended_status) => {
  const said = cloudInitStatus(run!, '25.1');
  expect(said).toMatchObject({ exitCode, line: status, json: { status, extended_status } });
});

test.each([
  [{ status: 'done' }, { state: 'done' }],
  [
    { status: 'error', detail: 'it broke' },
    { state: 'error', detail: 'it broke' },
  ],
  [{ status: 'done', errors: 'none', recoverable_errors: [] }, { state: 'done' }],
])('what says no more than %o is read all the same', (said, state) => {
  const ran = { code: 0, stdout: Buffer.from(JSON.stringify(said)), stderr: Buffer.alloc(0) };
  expect(cloudInitState(ran)).toEqual(state);
});
