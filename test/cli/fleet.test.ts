import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Stack } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { cli, envOf } from './run-cli.ts';

let stack: Stack;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  stack = await Stack.start();
  env = envOf(stack);
});
afterAll(() => stack.stop());

test('a fleet from a file: made, looked at, shrunk and destroyed', async () => {
  const project = stack.project();
  const file = join(await temporaryFolder(), 'fleet.json');
  const { name: _name, project: alias, ...node } = project.spec();
  await writeFile(file, JSON.stringify({ name: 'web', project: alias, count: 2, node }));

  // One of them comes later than the others, so that there is progress to be told.
  project.fault({ method: 'POST', path: '/instance', kind: 'delay', delayMs: 12_000, times: 1 });
  const made = await cli(['provision-fleet', '-f', file, '--count', '3'], env);
  expect(made.code).toBe(0);
  expect(made.stderr).toMatch(/nodes waits: \d of 3 nodes ready, \d running/);
  expect(made.stdout).toMatch(/^web-003 +GRA11 +created +\d+\.\d+/m);
  expect(project.instances).toHaveLength(3);

  const got = await cli(['get', `fleet.${alias}.web`], env);
  expect(got.stdout).toMatch(/provisionFleet +completed/);

  const destroy = ['destroy-fleet', `fleet.${alias}.web`];
  const unasked = await cli(destroy, env);
  expect(unasked).toMatchObject({ code: 2, stdout: '' });
  expect(unasked.stderr).toContain('without a terminal say --yes');
  const shrunk = await cli([...destroy, '--beyond', '2', '--yes', '-q', '-o', 'name'], env);
  expect(shrunk).toMatchObject({ code: 0, stdout: `node.${alias}.GRA11.web-003\n` });
  expect(project.instances).toHaveLength(2);

  project.fault({ method: 'POST', path: '/instance', kind: 'instance-error', times: 1 });
  const failed = await cli(['provision-fleet', '-f', file, '--count', '4', '--json', '-q'], env);
  expect(failed.code).toBe(4);
  expect(JSON.parse(failed.stdout)).toMatchObject({
    failure: { type: 'FleetIncomplete', exitCode: 4, left: [], fleet: { failed: [{ region: 'GRA11' }] } },
  });
  expect(project.instances).toHaveLength(2);

  const gone = await cli([...destroy, '--yes', '-q', '-o', 'jsonl'], env);
  expect(gone.code).toBe(0);
  const last = JSON.parse(gone.stdout.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({ nodes: [{}, {}], failed: [], left: [] });
  expect(project.instances).toEqual([]);
  expect(project.volumes).toEqual([]);
});

test('what is wrong with a fleet is said before anybody is asked', async () => {
  const { code, stderr } = await cli(['provision-fleet', 'web', '--count', '0'], {});
  expect(code).toBe(2);
  expect(stderr).toContain('invalid fleet: count must be at least 1; node is missing');
});
