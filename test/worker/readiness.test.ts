import { afterAll, beforeAll, expect, test } from 'vitest';
import { plainFetch } from '../../src/ovh/index.ts';
import { Readiness } from '../../src/worker/readiness.ts';
import { Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
});
afterAll(() => stack.stop());

function newReadiness(): Readiness {
  const readiness = new Readiness();
  readiness.hearing(stack.endpoint, plainFetch);
  readiness.polls(async () => 'ok');
  return readiness;
}

test('is ready while OVH answers anything at all, and asks it no more than it must', async () => {
  const asked = () => stack.simulator.calls().length;
  const readiness = newReadiness();
  const before = asked();

  expect(await readiness.look()).toEqual({ ready: true, temporal: 'ok', ovh: { [stack.endpoint]: 'ok' } });
  expect(asked()).toBe(before + 1);
  await Promise.all([readiness.look(), readiness.look()]);
  expect(asked()).toBe(before + 1);

  stack.simulator.addFault({ kind: 'status', status: 403, times: 1 });
  expect((await newReadiness().look()).ready).toBe(true);
  stack.simulator.addFault({ kind: 'status', status: 503, times: 1 });
  expect((await newReadiness().look()).ready).toBe(false);
});

test('says in a sentence what is missing', async () => {
  const back = await stack.unreachable();
  const readiness = newReadiness();
  readiness.polls(async () => {
    throw new Error('Temporal is away');
  });
  const { ready, temporal, ovh } = await readiness.look();
  await back();

  expect({ ready, temporal }).toEqual({ ready: false, temporal: 'Temporal is away' });
  expect(ovh[stack.endpoint]).toContain('GET /auth/time: ');
});

test('waits for Temporal no longer than those wait who ask', async () => {
  const readiness = newReadiness();
  readiness.polls(() => new Promise(() => undefined));

  expect((await readiness.look()).temporal).toBe('no answer within 3 s');
});

test('is not ready before its workers poll', async () => {
  const readiness = new Readiness();

  expect(await readiness.look()).toEqual({ ready: false, temporal: 'the worker starts', ovh: {} });
});
