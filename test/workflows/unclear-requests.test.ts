import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { timing } from '../../src/contract/timing.ts';
import { UnclearRequests } from '../../src/workflows/engine/unclear-requests.ts';

async function afterFailure(cause: Error): Promise<number | null> {
  const unclear = new UnclearRequests();
  const failure = new ActivityFailure(
    'it failed',
    'createInstance',
    'create-instance',
    'NON_RETRYABLE_FAILURE',
    '',
    cause,
  );
  await expect(unclear.until('create-instance', Promise.reject(failure))).rejects.toBe(failure);
  return unclear.since;
}

test('what a worker that died had asked for may be under way: the window of an undo begins later', async () => {
  const before = Date.now();
  const since = await afterFailure(new TimeoutFailure('silent', undefined, 'HEARTBEAT'));
  expect(since).toBeGreaterThanOrEqual(before + timing.underWayMs);
});

test('where a worker lived to say what it knows, the window begins when it said so', async () => {
  const since = await afterFailure(ApplicationFailure.create({ type: 'OvhNetworkError', message: 'lost' }));
  expect(since).toBeLessThanOrEqual(Date.now());
  expect(since).not.toBeNull();
});
