import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { inMarkdown, withinBytes } from '../../src/contract/in-short.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { Stack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { PATIENT } from '../support/patience.ts';

/* Names of images are anybody's text: they break no list, and no limit of Temporal's. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

test('a node of an image with an awkward name is made, and its list in current details stays one', async () => {
  const project = stack.project();
  const { projectId } = project.credentials;
  const { instances, imageSnapshots } = project.somebody;
  const { origin } = new URL(stack.endpoint);
  const body = JSON.stringify({ projectId, name: 'theirs' });
  const made = await fetch(`${origin}/_simulator/instances`, { method: 'POST', body });
  const { id } = (await made.json()) as { id: string };
  await until(async () => (await instances.get(id)).status === 'ACTIVE');
  const image = `golden | **image** \`x\`\n| \u001B[31m ${'漢'.repeat(200)}`;
  await instances.snapshot(id, image);
  const isActive = async () => (await imageSnapshots.list('GRA11')).some(({ status }) => status === 'active');
  await until(isActive);

  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec({ image }));
  const node = await run.result();
  expect(project.instances.filter(({ id: each }) => each !== id)).toMatchObject([{ id: node.instance.id }]);

  const { client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') });
  const { currentDetails } = await client.workflow
    .getHandle(run.workflowId)
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  await connection.close();
  const rows = currentDetails.split('\n').filter((line) => line.startsWith('- '));
  expect(rows).toHaveLength(7);
  expect(rows.filter((row) => row.match(/(?<!\\)`/g)?.length !== 2)).toEqual([]);
  expect(currentDetails).not.toContain('\u001B');
});

test('text in markdown is the text that it is', () => {
  expect(inMarkdown('a|b\nc `d` **e** <f> [g](h) \\|\u001B[2J')).toBe(
    String.raw`a\|b c \`d\` \*\*e\*\* \<f\> \[g\](h) \\\| \[2J`,
  );
});

test('a text is cut between characters', () => {
  expect(withinBytes('short', 190)).toBe('short');
  expect(withinBytes('漢字😀', 5)).toBe('漢');
  expect(withinBytes('漢字😀', 9)).toBe('漢字');
  expect(withinBytes('漢字😀', 10)).toBe('漢字😀');
});
