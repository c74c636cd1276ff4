import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest';
import * as client from '../../src/client/index.ts';
import {
  isMooringError,
  isOperationFailed,
  Mooring,
  OperationFailed,
  parseNodeSpec,
} from '../../src/client/index.ts';
import type * as Errors from '../../src/contract/error.ts';
import { required } from '../../src/contract/required.ts';
import * as worker from '../../src/entries/worker.ts';
import { Stack } from '../support/stack.ts';
import { PATIENCE_MS, PATIENT } from '../support/patience.ts';
import { until } from '../support/until.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

const connect = () => Connection.connect({ address: inject('temporalAddress'), connectTimeout: PATIENCE_MS });

test('a client that a program has already is taken, and its connection stays the own', async () => {
  const connection = await connect();
  const project = stack.project();
  {
    await using mooring = Mooring.from(new Client({ connection }), {
      ...PATIENT,
      taskQueue: stack.config.taskQueue,
    });
    expect(mooring).toMatchObject({ address: inject('temporalAddress'), namespace: 'default' });
    await mooring.requireWorker();
    const run = await mooring.start('provisionNodeWithVolume', project.spec());
    expect(await run.result()).toMatchObject({ outcome: 'created' });
    expect(project.instances).toHaveLength(1);
  }
  await connection.workflowService.getSystemInfo({});
  await connection.close();
});

test('a connection of its own is closed at the end of its block', async () => {
  const opened = await Mooring.connect({ ...PATIENT, address: inject('temporalAddress') });
  {
    await using mooring = opened;
    expect(await mooring.unscheduleReap({ project: 'nobody' })).toBe(false);
  }
  await expect(opened.unscheduleReap({ project: 'nobody' })).rejects.toBeInstanceOf(client.MooringClosed);
});

test('an empty MOORING_TASK_QUEUE is none, as it is to a worker', async () => {
  vi.stubEnv('MOORING_TASK_QUEUE', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  await using mooring = await Mooring.connect({ ...PATIENT, address: inject('temporalAddress') });
  expect(mooring.taskQueue).toBe('mooring');
});

test('whoever has waited long enough for a result asks Temporal no more', async () => {
  const connection = await connect();
  onTestFinished(() => connection.close());
  const own = new Client({ connection });
  const asked = vi.spyOn(own.workflowService, 'getWorkflowExecutionHistory');
  await using mooring = Mooring.from(own, { ...PATIENT, taskQueue: `nobody-${Math.random()}` });
  const run = await mooring.start('listNodes', {});
  await expect(run.result({ timeoutMs: 50 })).rejects.toBeInstanceOf(client.StillRunning);
  const [poll] = asked.mock.results.map(({ value }) => value as Promise<unknown>);
  await expect(poll).rejects.toMatchObject({ details: expect.stringContaining('ancel') });
  await own.workflow.getHandle(run.workflowId).terminate();
});

test('a node of which Temporal remembers nothing is no word of OVH', async () => {
  const asked = stack.mooring.get(stack.project().ref);
  await expect(asked).rejects.toSatisfy((error) => isMooringError(error, 'RunUnknown'));
  await expect(asked).rejects.toThrow('Temporal remembers no run on node.');
});

test('whoever watches a fleet all the time asks it rarely, for each time is an Action', async () => {
  let queries = 0;
  const connection = await connect();
  const counting = new Client({
    connection,
    interceptors: {
      workflow: [
        {
          query(input, next) {
            queries += 1;
            return next(input);
          },
        },
      ],
    },
  });
  const mooring = Mooring.from(counting, { ...PATIENT, taskQueue: stack.config.taskQueue });
  const project = stack.project();
  const { name: _name, region: _region, project: alias, ...node } = project.spec({ volumes: [] });
  const spec = { project: alias, name: 'web', count: 3, regions: ['GRA11'], node };
  const run = await mooring.start('provisionFleet', spec);

  const began = performance.now();
  let last: client.Progress | undefined;
  for await (const progress of run.watch({ everyMs: 20 })) last = progress;
  expect(last).toMatchObject({ status: 'completed' });
  // One at first, one every two seconds, and one when it is over.
  expect(queries).toBeLessThanOrEqual(2 + Math.floor((performance.now() - began) / 2000));
  // A busy worker may not answer a query in time.
  const { fleet } = await until(
    () => run.progress(),
    (seen) => seen.fleet,
  );
  expect(fleet).toMatchObject({ wanted: 3, ready: 3 });
  const before = queries;
  await run.progress();
  expect(queries).toBe(before);
  expect(project.instances).toHaveLength(3);
  await connection.close();
});

test('a spec is checked as every start does, and refused with the error of a start', () => {
  const spec = { name: 'web-1', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12' };
  expect(parseNodeSpec(spec)).toMatchObject({ ...spec, project: 'main', volumes: [] });
  const wrong = () => parseNodeSpec({ ...spec, name: 'Web', flavour: 'b3-8' });
  expect(wrong).toThrow(OperationFailed);
  expect(wrong).toThrow(/^name must .*; the spec has unknown key "flavour"$/);
});

/** Vitest evaluates it anew under this name. */
const another = '../../src/contract/error.ts?another';

test('the guards know an error of another copy of the package, and no other', async () => {
  const copy = (await import(another)) as typeof Errors;
  const foreign = new copy.MooringError('NodeBusy', 'busy');
  expect(foreign).not.toBeInstanceOf(client.MooringError);
  expect(isMooringError(foreign)).toBe(true);
  expect(isMooringError(foreign, 'NodeDiffers', 'NodeBusy')).toBe(true);
  expect(isMooringError(foreign, 'NodeDiffers')).toBe(false);
  expect(isOperationFailed(foreign, 'NodeBusy')).toBe(true);
  expect(isOperationFailed(new client.StillRunning('later'))).toBe(false);
  for (const other of [new Error('no'), { type: 'NodeBusy' }, null, undefined, 'NodeBusy'])
    expect(isMooringError(other)).toBe(false);
});

test('every error that is exported has its line in the guide', async () => {
  const guide = await readFile(new URL('../../docs/guides/client.md', import.meta.url), 'utf8');
  const errors = Object.entries({ ...client, ...worker })
    .filter(([, value]) => typeof value === 'function' && Error.isPrototypeOf(value))
    .map(([name]) => name);
  expect(errors.length).toBeGreaterThan(8);
  expect(errors.filter((name) => !guide.includes(`| \`${name}\``) && name !== 'MooringError')).toEqual([]);
});

test('what cannot be missing is an error when it is, and never an empty word for OVH', () => {
  expect(required('b3-8', 'the flavor')).toBe('b3-8');
  for (const nothing of ['', null, undefined])
    expect(() => required(nothing, 'the flavor')).toThrow('the flavor is missing, which cannot be');
});
