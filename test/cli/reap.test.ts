import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { PATIENCE_MS } from '../support/patience.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { cli, envOf } from './run-cli.ts';

let stack: Stack;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  stack = await Stack.start();
  env = envOf(stack);
});
afterAll(() => stack.stop());

/** A node, and beside it an instance that its run has made and nobody asked for. */
async function nodeWithTwin(project: TestProject): Promise<{ wanted: string; twin: string }> {
  const node = await (await stack.mooring.start('provisionNodeWithVolume', project.spec())).result();
  const { projectId } = project.credentials;
  // As OVH makes it that applies a POST of the run later than anybody looks.
  const body = JSON.stringify({ projectId, name: node.instance.name });
  await fetch(`${new URL(stack.endpoint).origin}/_simulator/instances`, { method: 'POST', body });
  const twin = project.instances.find(({ id }) => id !== node.instance.id);
  return { wanted: node.instance.id, twin: String(twin?.id) };
}

test('reap --apply without a terminal must say --yes, also while nothing is left over', async () => {
  const { code, stderr } = await cli(['reap', '--project', stack.project().alias, '--apply'], env);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'error: reap asks before it deletes; without a terminal say --yes\n',
  });
});

test('reap says what is left over and what it costs, and deletes it when told to', async () => {
  const project = stack.project();
  const { wanted, twin } = await nodeWithTwin(project);
  const args = ['reap', '--project', project.alias, '--older-than', '1s'];
  // Older than the second that it asks for.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  // Temporal's list of runs, which says what is wanted, may be a moment old.
  const dry = await until(
    () => cli(args, env),
    ({ stdout }) => stdout.includes('left over'),
  );
  expect(dry.code).toBe(0);
  expect(dry.stdout).toMatch(new RegExp(`left over +instance .*${twin} .*EUR`));
  expect(dry.stdout).toMatch(new RegExp(`wanted +instance .*${wanted}`));
  expect(dry.stdout).toContain('nothing was touched');
  const unasked = await cli([...args, '--apply'], env);
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toContain('without a terminal say --yes');
  expect(project.instances).toHaveLength(2);

  const applied = await until(
    () => cli([...args, '--apply', '--yes', '--json'], env),
    () => project.instances.length === 1,
  );
  expect(applied.code).toBe(0);
  expect(JSON.parse(applied.stdout)).toMatchObject({ applied: true, leftOver: [{ id: twin }] });
  expect(project.instances.map(({ id }) => id)).toEqual([wanted]);
  expect(project.volumes).toMatchObject([{ status: 'in-use', attachedTo: [wanted] }]);
});

test('a schedule reaps by itself, until it is ended', async () => {
  const project = stack.project();
  const { wanted } = await nodeWithTwin(project);
  const args = ['reap', '--project', project.alias];
  const deletes = [...args, '--older-than', '1s', '--apply', '--schedule', '1s', '-o', 'name'];
  expect(await cli(deletes, env)).toMatchObject({ code: 2, stdout: '' });
  expect((await cli([...args, '--unschedule'], env)).stdout).toContain('there was no schedule');
  const began = await cli([...deletes, '--yes'], env);
  expect(began).toMatchObject({ code: 0, stdout: `mooring.reap.${project.alias}\n` });
  await until(
    async () => project.instances.map(({ id }) => id),
    (ids) => ids.join() === wanted,
  );
  const changed = await cli([...args, '--schedule', '1h'], env);
  expect(changed.stdout).toContain('only says what is left over');
  const connection = await Connection.connect({
    address: inject('temporalAddress'),
    connectTimeout: PATIENCE_MS,
  });
  const schedule = new Client({ connection }).schedule.getHandle(`mooring.reap.${project.alias}`);
  expect(await schedule.describe()).toMatchObject({ spec: { intervals: [{ every: 3_600_000 }] } });
  await connection.close();
  expect((await cli([...args, '--unschedule'], env)).stdout).toContain('has ended');
  expect((await cli([...args, '--unschedule'], env)).stdout).toContain('there was no schedule');
});

test('what makes no sense is one sentence', async () => {
  const bad = await cli(['reap', '--older-than', 'long'], env);
  expect(bad.code).toBe(2);
  expect(bad.stderr).toMatch(/^error: .*olderThan/);
});
