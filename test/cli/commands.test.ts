import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Node } from '../../src/contract/index.ts';
import { Stack } from '../support/stack.ts';
import { cli, envOf, shell, specArgs, startCli } from './run-cli.ts';

let stack: Stack;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  stack = await Stack.start();
  env = envOf(stack);
});
afterAll(() => stack.stop());

test.concurrent('a node lives: provisioned, listed, inspected, got, and destroyed', async () => {
  const project = stack.project();
  const node = `node.${project.alias}.GRA11.web-1`;

  const provisioned = await cli(['provision', 'web-1', ...specArgs(project.alias), '-o', 'json'], {
    ...env,
    MOORING_UI: 'http://ui.example',
  });
  expect(provisioned.code).toBe(0);
  const made = JSON.parse(provisioned.stdout) as Node;
  expect(project.instances.map(({ id }) => id)).toEqual([made.instance.id]);
  expect(provisioned.stderr).toContain(
    `http://ui.example/namespaces/default/workflows/${node}/${made.run.runId}/history`,
  );
  expect(provisioned.stderr).toMatch(/create-instance (began|done)/);

  const [listed, same, other, got, again, unconfirmed] = await Promise.all([
    cli(['list', '--project', project.alias, '-o', 'name'], env),
    cli(['inspect', 'web-1', ...specArgs(project.alias)], env),
    cli(['inspect', node, ...specArgs(project.alias), '--set', 'flavor=b3-16', '--json'], env),
    cli(['get', node, '-o', 'yaml'], env),
    cli(['wait', node, '-q'], env),
    cli(['destroy', node], env),
  ]);
  expect(listed).toMatchObject({ code: 0, stdout: `${node}\n` });
  expect(same.code).toBe(0);
  expect(other.code).toBe(3);
  expect(JSON.parse(other.stdout)).toMatchObject({
    differences: [{ field: 'flavor', wanted: 'b3-16', actual: 'b3-8' }],
  });
  expect(parse(got.stdout)).toMatchObject({ progress: { status: 'completed' }, result: { name: 'web-1' } });
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain(made.instance.id);
  expect(unconfirmed).toMatchObject({ code: 2, stdout: '' });
  expect(unconfirmed.stderr).toContain('--yes');

  const destroyed = await cli(['destroy', node, '--yes', '-q', '-o', 'json'], env);
  expect(destroyed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(destroyed.stdout)).toMatchObject({ absent: false, kept: [] });
  expect([...project.instances, ...project.volumes]).toEqual([]);
});

test.concurrent(
  'a node on a private network is asked for with a floating IP, and shown with it',
  async () => {
    const project = stack.project();
    const node = `node.${project.alias}.GRA11.web-1`;
    const inside = [...specArgs(project.alias), '--network', 'private,floating'];
    const provisioned = await cli(['provision', 'web-1', ...inside, '-q'], env);
    expect(provisioned).toMatchObject({ code: 0 });
    const [{ ip, at } = { ip: '', at: '' }] = project.floatingIps;
    expect(project.floatingIps).toHaveLength(1);
    expect(provisioned.stdout).toMatch(new RegExp(`floating IP +${ip} .*${at}`));
    expect(provisioned.stdout).toContain(`debian@${ip}`);

    const [same, without, wrong] = await Promise.all([
      cli(['inspect', 'web-1', ...inside], env),
      cli(['inspect', 'web-1', ...specArgs(project.alias), '--network', 'private', '-o', 'json'], env),
      cli(['provision', 'web-2', ...specArgs(project.alias), '--network', 'private,floating=yes'], env),
    ]);
    expect(same.code).toBe(0);
    expect(JSON.parse(without.stdout)).toMatchObject({ node: { floatingIp: { ip } } });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('floatingIp must be true (one is made), or the IPv4 address');

    const destroyed = await cli(['destroy', node, '--yes', '-q', '-o', 'json'], env);
    expect(JSON.parse(destroyed.stdout)).toMatchObject({ kept: [] });
    expect([...project.instances, ...project.floatingIps]).toEqual([]);
  },
);

test.concurrent('jsonl is a stream: the version, what happens in order, and the node', async () => {
  const project = stack.project();
  const { code, lines } = await cli(
    ['provision', 'web-1', ...specArgs(project.alias), '-q', '-o', 'jsonl'],
    env,
  );
  const [version, started, ...rest] = lines();
  const [completed, node] = rest.slice(-2);
  expect(code).toBe(0);
  expect(version).toMatchObject({ type: 'version', stream: '1.0' });
  expect(started).toMatchObject({
    type: 'run_started',
    seq: 1,
    workflowId: `node.${project.alias}.GRA11.web-1`,
  });
  expect(completed).toMatchObject({ type: 'run_completed', seq: lines().length - 2 });
  expect(node).toMatchObject({ apiVersion: 'mooring/v1', outcome: 'created' });
});

test.concurrent(
  'a refused volume exits with 4, and the failure stands where the node would have',
  async () => {
    const project = stack.project();
    project.fault({ method: 'POST', path: '/volume', kind: 'status', status: 400 });
    const { code, lines, stderr } = await cli(
      ['provision', 'web-1', ...specArgs(project.alias), '-o', 'jsonl'],
      env,
    );
    expect(code).toBe(4);
    expect(lines().at(-2)).toMatchObject({ type: 'run_failed', step: 'create-volume-data' });
    expect(lines().at(-1)).toMatchObject({ failure: { type: 'OvhRejected', exitCode: 4, left: [] } });
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^error: /);
    expect([...project.instances, ...project.volumes]).toEqual([]);
  },
);

test.concurrent('what onFailure keeps exits with 5, and is listed', async () => {
  const project = stack.project();
  project.fault({ method: 'POST', path: '/instance', kind: 'instance-error' });
  const args = ['provision', 'web-1', ...specArgs(project.alias), '--on-failure', 'keep', '-q', '-o', 'json'];
  const { code, stdout } = await cli(args, env);
  expect(code).toBe(5);
  const { failure } = JSON.parse(stdout) as { failure: { left: { id: string }[] } };
  expect(failure.left.map(({ id }) => id)).toContain(project.instances[0]?.id);
});

test.concurrent(
  'waited long enough, stopped watching, busy, joined and cancelled each have a code of their own',
  async () => {
    const project = stack.project();
    const node = `node.${project.alias}.GRA11.web-1`;
    const provision = ['provision', 'web-1', ...specArgs(project.alias)];
    // A boot that ends only when the run is cancelled: reads are answered, and never show the instance.
    project.fault({ method: 'GET', path: '/instance**', kind: 'status', status: 500, times: 100_000 });
    project.fault({ method: 'GET', path: '/volume**', kind: 'status', status: 500, times: 100_000 });

    const detached = await cli([...provision, '--detach', '-o', 'name'], env);
    expect(detached).toMatchObject({ code: 0, stdout: `${node}\n` });

    const watcher = startCli(['wait', node], env);
    watcher.child.stderr?.once('data', () => watcher.child.kill('SIGINT'));
    const [late, busy, differs, stopped] = await Promise.all([
      cli([...provision, '--timeout', '1s', '-q'], env),
      cli(['destroy', node, '--yes', '--if-busy', 'fail', '-q'], env),
      cli([...provision, '--flavor', 'b3-16', '-q'], env),
      watcher.ended,
    ]);
    expect(late.code).toBe(9);
    expect(late.stderr).toContain('goes on');
    expect(busy.code).toBe(6);
    expect(differs.code).toBe(3);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`mooring wait ${node}`);

    const watched = startCli(provision, env);
    await once(watched.child.stderr as Readable, 'data');
    const cancelled = await cli(['cancel', node, '-q'], env);
    expect(cancelled.code).toBe(0);
    expect((await watched.ended).code).toBe(10);
    expect(await cli(['cancel', node], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing runs'),
    });
  },
);

test.concurrent('a cancel is judged by what is left of the run, however long ago that ended', async () => {
  const project = stack.project();
  const node = `node.${project.alias}.GRA11.web-1`;
  expect((await cli(['provision', 'web-1', ...specArgs(project.alias), '-q'], env)).code).toBe(0);

  const stands = await cli(['cancel', node, '--json'], env);
  expect(project.instances).toHaveLength(1);
  expect(stands).toMatchObject({ code: 5, stderr: expect.stringContaining('what it made stands') });
  expect(JSON.parse(stands.stdout)).toMatchObject({ failure: { exitCode: 5 } });

  expect((await cli(['destroy', node, '--yes', '-q'], env)).code).toBe(0);
  const gone = await cli(['cancel', node], env);
  expect(gone).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('destroyNode cannot be taken back'),
  });

  // A cancel that arrives after the end is a cancel of what has ended.
  await (await stack.mooring.get({ project: project.alias, region: 'GRA11', name: 'web-1' })).cancel();
});

test.concurrent(
  'a reader that goes away while a run is watched ends the watching, and says that the run goes on',
  async () => {
    const project = stack.project();
    const node = `node.${project.alias}.GRA11.web-1`;
    const args = ['provision', 'web-1', ...specArgs(project.alias), '-q', '-o', 'jsonl'];
    expect(await shell('"$@" | head -1', args, env)).toEqual({
      code: 130,
      stdout: expect.stringMatching(/^\{"type":"version",.*\}\n$/),
      stderr: `error: nobody reads standard output any more; ${node} goes on, and \`mooring wait ${node}\` watches it again\n`,
    });
    expect((await cli(['wait', node, '-q'], env)).code).toBe(0);
    expect(project.instances).toHaveLength(1);
  },
);

test.concurrent('a spec from standard input, with fields set over it', async () => {
  const project = stack.project();
  const stdin = `{name: web-1, region: GRA11, flavor: b3-8, image: Debian 12, project: ${project.alias}}`;
  const { code, stdout } = await cli(['provision', '-f', '-', '--set', 'name=web-2', '-q', '-o', 'name'], {
    ...env,
    stdin,
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `node.${project.alias}.GRA11.web-2\n` });
});

test.concurrent('a queue that nobody polls exits with 7 before anything is started', async () => {
  const { code, stderr } = await cli(['provision', 'web-1', ...specArgs('nobody')], {
    ...env,
    MOORING_TASK_QUEUE: 'nobody',
  });
  expect(code).toBe(7);
  expect(stderr).toBe(`error: ${stderr.slice(7)}`);
  expect((await cli(['get', 'node.nobody.GRA11.web-1'], env)).code).toBe(3);
});
