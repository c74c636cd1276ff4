import { readFile, readdir } from 'node:fs/promises';
import { Worker } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';

/*
 * Runs that began with an earlier build must go on with this one. Histories are kept by version and never rewritten;
 * `npm run histories` adds those of this version.
 */
const folder = new URL('../histories/', import.meta.url);
const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));

test('there are histories to replay', () => {
  expect(files.length).toBeGreaterThanOrEqual(5);
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
