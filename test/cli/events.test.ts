import { expect, test } from 'vitest';
import { endOf, eventsBetween } from '../../src/cli/events.ts';
import { OperationFailed, RunEnded } from '../../src/client/index.ts';
import { stepBegun } from '../../src/contract/index.ts';
import type { Progress, ProgressStep, RunStatus, StepState } from '../../src/contract/index.ts';
import { fc } from '../support/properties.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

function progress(elapsedMs: number, ...steps: ProgressStep[]): Progress {
  const run = { workflowId: 'node.main.GRA11.web-1', runId: 'r', type: 'provisionNodeWithVolume' };
  const startedAt = new Date(START).toISOString();
  return {
    apiVersion: 'mooring/v1',
    ...run,
    status: 'running',
    startedAt,
    elapsedMs,
    steps,
    fleet: null,
    undo: null,
  };
}

const ended = (status: RunStatus): Progress => ({ ...progress(9000), status });

function step(name: string, state: StepState, fields: Partial<ProgressStep> = {}): ProgressStep {
  const startedAt = new Date(START + 1000).toISOString();
  const tookMs = ['done', 'failed', 'cancelled'].includes(state) ? 500 : null;
  return { ...stepBegun(name, startedAt, 'web-1-abcdefgh'), state, tookMs, ...fields };
}

const types = (before: Progress | undefined, now: Progress) =>
  eventsBetween(before, now).map(({ type }) => type);

test('the first look tells that the run started, and everything since', () => {
  const now = progress(2000, step('baseline', 'done'), step('create-instance', 'running'));
  expect(types(undefined, now)).toEqual(['run_started', 'step_started', 'step_started', 'step_done']);
});

test('a wait is told with the status that OVH gives', () => {
  const before = progress(2000, step('await-instance', 'running'));
  const told = { message: 'the very first look', ovhStatus: 'BUILD', expectedMs: 35_000 };
  const now = progress(6000, step('await-instance', 'waiting', { ...told, attempt: 2 }));
  expect(eventsBetween(before, now)).toMatchObject([
    {
      type: 'step_waiting',
      step: 'await-instance',
      ...told,
      attempt: 2,
      elapsedMs: 5000,
    },
  ]);
});

test('the undo has events of its own', () => {
  const running = progress(2000, step('undo', 'running'));
  const resisting = progress(3000, step('undo', 'waiting', { message: 'volume is detaching' }));
  const done = progress(4000, step('undo', 'done'));
  expect([
    ...types(progress(1000), running),
    ...types(running, resisting),
    ...types(resisting, done),
  ]).toEqual(['undo_started', 'undo_resisting', 'undo_done']);
});

test('a step that begins again and again asks for attention once', () => {
  const looks = [1, 2, 3, 4, 5, 6].map((attempt) =>
    progress(
      attempt * 1000,
      step('create-instance', 'retrying', { attempt, message: 'renew the credentials' }),
    ),
  );
  const told = looks.flatMap((now, index) => types(looks[index - 1], now));
  expect(told.filter((type) => type === 'attention')).toHaveLength(1);
  expect(told.filter((type) => type === 'step_retrying')).toHaveLength(6);
});

test('a run that nobody works on asks for attention once', () => {
  const looks = [1000, 15_000, 30_000, 45_000].map((elapsedMs) => progress(elapsedMs));
  const told = looks.flatMap((now, index) => types(looks[index - 1], now));
  expect(told).toEqual(['run_started', 'attention']);
});

test('a failed run ends with the step and the query id that support asks for', () => {
  const cause = { status: 400, ovhClass: null, message: 'no', queryId: 'EU.ext-1' };
  const details = {
    step: 'create-volume-data',
    cause,
    undone: [],
    left: [],
    spared: [],
    deploy: [],
    fleet: null,
  };
  expect(endOf(ended('failed'), new OperationFailed('OvhRejected', 'no', details))).toMatchObject({
    type: 'run_failed',
    step: 'create-volume-data',
    queryId: 'EU.ext-1',
  });
  expect(endOf(ended('failed'), new OperationFailed('Cancelled', 'cancelled'))).toMatchObject({
    type: 'run_cancelled',
  });
  expect(endOf(ended('completed'))).toMatchObject({ type: 'run_completed', elapsedMs: 9000 });
});

test('a run that did not complete is never said to have', () => {
  expect(endOf(ended('terminated'), new RunEnded('terminated by hand'))).toMatchObject({
    type: 'run_failed',
    message: 'terminated by hand',
  });
  expect(endOf(ended('terminated'))).toMatchObject({ type: 'run_failed', message: null });
  // Whoever stopped watching just then, or whose Temporal fell silent, has not heard why it failed.
  expect(endOf(ended('failed'))).toBeUndefined();
});

const LIVES: StepState[][] = [
  ['scheduled', 'running', 'done'],
  ['scheduled', 'running', 'waiting', 'waiting', 'done'],
  ['running', 'retrying', 'running', 'failed'],
  ['scheduled', 'cancelled'],
];

/** Runs as they are seen: every step lives one of the lives, and looks come whenever they come. */
const looks = fc
  .array(fc.constantFrom(...LIVES), { minLength: 1, maxLength: 5 })
  .chain((lives) =>
    fc
      .array(fc.nat(6), { minLength: 1, maxLength: 8 })
      .map((moments) =>
        [...moments, 10]
          .sort((a, b) => a - b)
          .map((moment) =>
            progress(
              1000 + moment * 100,
              ...lives.map((life, index) =>
                step(`step-${index}`, life[Math.min(moment, life.length - 1)] ?? 'done'),
              ),
            ),
          ),
      ),
  );

test('however rarely one looks, every step begins once and ends once, in this order, and nothing is told twice', () => {
  fc.assert(
    fc.property(looks, (seen) => {
      const told = seen.flatMap((now, index) => eventsBetween(seen[index - 1], now));
      expect(told.filter(({ type }) => type === 'run_started')).toHaveLength(1);
      for (const { step } of seen.at(-1)?.steps ?? []) {
        const own = told.filter((event) => event.step === step).map(({ type }) => type);
        expect(own[0]).toBe('step_started');
        expect(own.filter((type) => type === 'step_started')).toHaveLength(1);
        expect(own.filter((type) => /^step_(done|failed|cancelled)$/.test(type))).toHaveLength(1);
        expect(own.at(-1)).toMatch(/^step_(done|failed|cancelled)$/);
      }
      for (const now of seen) expect(eventsBetween(now, now)).toEqual([]);
    }),
  );
});
