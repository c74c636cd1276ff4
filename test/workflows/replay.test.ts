import { readFile, readdir } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { workflowTypes } from '../../src/contract/schemas/workflow-types.ts';
import { sumsOf } from '../support/sums.ts';

/*
 * Runs that began with an earlier build must go on with this one. Histories are kept by version and never rewritten;
 * `npm run histories` adds those of this version.
 */
const folder = new URL('../histories/', import.meta.url);
const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));

test('every history that was recorded is there as it was', async () => {
  expect(await sumsOf(folder)).toBe(await readFile(new URL('SHA256SUMS', folder), 'utf8'));
});

test('there is a history of every workflow', async () => {
  const types = files.map(async (file) => {
    const { history } = JSON.parse(await readFile(new URL(file, folder), 'utf8'));
    return history.events[0].workflowExecutionStartedEventAttributes.workflowType.name;
  });
  expect([...new Set(await Promise.all(types))].toSorted()).toEqual(Object.keys(workflowTypes).toSorted());
});

test.each(files)('%s replays', async (file) => {
  const { workflowId, history } = JSON.parse(await readFile(new URL(file, folder), 'utf8'));
  const replay = Worker.runReplayHistory(
    { workflowBundle: { codePath: inject('workflowBundlePath') } },
    history,
    workflowId,
  );
  await expect(replay).resolves.toBeUndefined();
});

test('a history that the code could not have made is noticed', async () => {
  const { workflowId, history } = JSON.parse(await readFile(new URL(String(files[0]), folder), 'utf8'));
  const scheduled = history.events.find(
    (event: { activityTaskScheduledEventAttributes?: object }) => event.activityTaskScheduledEventAttributes,
  );
  scheduled.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
  const replay = Worker.runReplayHistory(
    { workflowBundle: { codePath: inject('workflowBundlePath') } },
    history,
    workflowId,
  );
  await expect(replay).rejects.toThrow(/[Nn]ondeterminism/);
});
