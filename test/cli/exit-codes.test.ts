import { CommanderError } from 'commander';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { StoppedWatching, UsageError } from '../../src/cli/cli-error.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import {
  isOperationFailed,
  OperationFailed,
  NoWorker,
  RunEnded,
  StillRunning,
  TemporalUnreachable,
} from '../../src/client/index.ts';
import { ConfigError } from '../../src/worker/configuration/config-error.ts';
import { failureIn } from '../../src/contract/calling.ts';
import { leftThing, type FailureDetails, type FailureType } from '../../src/contract/index.ts';
import { OvhApiError, OvhConfigError, OvhNetworkError } from '../../src/ovh/index.ts';

const cause = { status: 409, ovhClass: null, message: 'no', queryId: null };

function failed(type: FailureType, details: Partial<FailureDetails> = {}): OperationFailed {
  const nothing = { step: null, undone: [], left: [], spared: [], deploy: [], fleet: null };
  return new OperationFailed(type, 'no', { ...nothing, cause, ...details });
}

test.each<[FailureType, number]>([
  ['InvalidSpec', 2],
  ['PreflightFailed', 3],
  ['NodeDiffers', 3],
  ['HostKeyUnknown', 3],
  ['OvhRejected', 4],
  ['OvhNotFound', 4],
  ['QuotaExceeded', 4],
  ['InstanceFailed', 4],
  ['VolumeFailed', 4],
  ['DeadlineExceeded', 4],
  ['GuestUnreachable', 4],
  ['HostKeyDiffers', 4],
  ['LoginRefused', 4],
  ['CloudInitFailed', 4],
  ['ScriptFailed', 4],
  ['ScriptTimedOut', 4],
  ['ScriptLost', 4],
  ['SourceChanged', 4],
  ['NodeBusy', 6],
  ['OvhForbidden', 8],
  ['Cancelled', 10],
])('a run that ends as %s exits with %i', (type, code) => {
  expect(exitCodeOf(failed(type))).toBe(code);
});

test('whatever failed, something left exits with 5', () => {
  const left = [leftThing({ kind: 'instance', id: 'i', name: 'n' })];
  expect(exitCodeOf(failed('InstanceFailed', { left }))).toBe(5);
  expect(exitCodeOf(failed('OvhForbidden', { left }))).toBe(5);
});

test('a word of a later version for why a run failed is one more failure, with all that it says', () => {
  const type = 'Tomorrow' as FailureType;
  const left = [leftThing({ kind: 'instance', id: 'i', name: 'n' })];
  expect([failed(type), failed(type, { left }), failed(type, { step: 'preflight' })].map(exitCodeOf)).toEqual(
    [4, 5, 3],
  );
  expect(isOperationFailed(failed(type))).toBe(true);
  const { details } = failed(type, { left });
  const child = new Error('the child failed', {
    cause: ApplicationFailure.nonRetryable('no', type, details),
  });
  expect(failureIn(child)).toEqual({ type, message: 'no', details });
  expect(failureIn(ApplicationFailure.nonRetryable('no', type, { left }))).toBeUndefined();
});

test('what preflight finds out has changed nothing, and exits with 3', () => {
  expect(exitCodeOf(failed('QuotaExceeded', { step: 'preflight' }))).toBe(3);
  expect(exitCodeOf(failed('OvhForbidden', { step: 'preflight' }))).toBe(8);
});

const call = { method: 'GET', path: '/cloud/project/p', reason: 'no' };
const answered = (status: number) => new OvhApiError({ ...call, status, fromOvh: true });

test.each<[what: string, cause: unknown, code: number]>([
  ['cannot be reached', new OvhNetworkError({ ...call, timeout: false, sent: false }), 1],
  ['answers 503', answered(503), 1],
  ['asks for less', answered(429), 1],
  ['refuses the credentials', answered(401), 8],
  ['forbids the project', answered(403), 8],
  ['shows no such project', answered(404), 8],
])('a worker whose OVH %s at its start exits so that systemd starts it again', (_, reason, code) => {
  expect(exitCodeOf(new ConfigError('no', { cause: reason }))).toBe(code);
});

test.each<[unknown, number]>([
  [new UsageError('no'), 2],
  [new CommanderError(1, 'commander.unknownOption', 'no'), 2],
  [new CommanderError(0, 'commander.helpDisplayed', 'help'), 0],
  [new NoWorker('no'), 7],
  [new TemporalUnreachable('localhost:1', 'given', 'no answer'), 7],
  [new OvhConfigError('no'), 8],
  [new ConfigError('no queue'), 2],
  [new StillRunning('no'), 9],
  [new RunEnded('no'), 5],
  [new StoppedWatching('node.main.GRA11.web-1'), 130],
  [new Error('a bug'), 1],
  ['not even an error', 1],
])('%s exits with %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
