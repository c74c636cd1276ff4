import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import type { LogLevel } from '../../src/worker/configuration/settings.ts';
import { createLogger, readable } from '../../src/worker/logger.ts';
import { stepLog } from '../../src/worker/step-log.ts';

function logging(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: createLogger(level, { write }), lines };
}

const step = {
  workflowId: 'node.main.GRA11.web-1',
  workflowRunId: 'run-1',
  workflowType: 'provisionNodeWithVolume',
  activityId: 'create-volume-data',
  activityType: 'createVolume',
  taskToken: 'secret',
  namespace: 'default',
  isLocal: false,
};

test('says in one line of JSON whose step it was, and hands no task token on', () => {
  const { logger, lines } = logging('INFO');
  logger.warn('OVH answered 500', {
    ...step,
    attempt: 2,
    status: 500,
    queryId: 'EU.1',
    reason: 'OvhUnavailable',
  });

  expect(lines).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      project: 'main',
      region: 'GRA11',
      node: 'web-1',
      workflow: 'node.main.GRA11.web-1',
      run: 'run-1',
      type: 'provisionNodeWithVolume',
      step: 'create-volume-data',
      activity: 'createVolume',
      attempt: 2,
      reason: 'OvhUnavailable',
      status: 500,
      queryId: 'EU.1',
      msg: 'OVH answered 500',
    },
  ]);
});

test.each([
  ['NotReady', undefined],
  ['OvhUnavailable', 'warn'],
  ['WrongWorker', 'error'],
  ['WorkerFault', 'error'],
])('an attempt that ends with %s is told as %s', async (type, level) => {
  const { logger, lines } = logging('INFO');
  const info = { activityId: 'start-step', activityType: 'startStep', attempt: 1 };
  const next = async () => {
    throw ApplicationFailure.create({ type, message: 'why' });
  };

  const { execute } = stepLog({ info } as Context, logger, new Set());
  await expect(execute?.({ args: [], headers: {} }, next)).rejects.toThrow('why');

  expect(lines.map((line) => line['level'])).toEqual(level === undefined ? [] : [level]);
});

test('what the SDK finds worth telling is for those who look closer', () => {
  const closer = logging('DEBUG');
  const { logger, lines } = logging('INFO');
  for (const each of [logger, closer.logger]) {
    each.info('Worker state changed', { sdkComponent: 'worker' });
    each.warn('Activity failed', {
      ...step,
      sdkComponent: 'worker',
      error: new Error('told better by the worker'),
    });
    each.warn('gRPC call failed', { sdkComponent: 'core' });
  }

  expect(lines.map(({ msg }) => msg)).toEqual(['gRPC call failed']);
  expect(closer.lines.map(({ msg, level }) => [msg, level])).toEqual([
    ['Worker state changed', 'debug'],
    ['gRPC call failed', 'warn'],
  ]);
});

test('shows nothing on a terminal that would command it, or look like a line of its own', () => {
  const shown = readable({
    time: '2026-01-01T12:00:04.000Z',
    level: 'warn',
    node: 'web\u009b2J',
    msg: 'unknown key "\u001b]52;c;eA==\u0007\r\n12:00:05 INFO  all is well"',
    stack: 'Error: x\n    at \u001b[2Jy',
  });
  expect(shown.split('\n')).toEqual([
    expect.stringMatching(/^12:00:04 WARN  web 2J: unknown key " \]52;c;eA== 12:00:05 INFO  all is well"$/),
    'Error: x',
    '    at  [2Jy',
    '',
  ]);
});

test('shows where something happened only of what nobody has thrown on purpose', () => {
  const { logger, lines } = logging('INFO');
  logger.error('count failed', { error: new TypeError('x is undefined') });
  logger.error('count failed', { error: ApplicationFailure.create({ message: 'OVH refused' }) });

  expect(lines[0]).toMatchObject({ error: 'x is undefined', stack: expect.stringContaining('logger.test') });
  expect(lines[1]).toMatchObject({ error: 'OVH refused' });
  expect(lines[1]).not.toHaveProperty('stack');
});
